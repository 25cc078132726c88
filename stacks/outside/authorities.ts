/** Who issues the certificates of public names, and how much of that one fleet may ask for. */
import type { Fact } from './fact';

export interface Authority {
  /** ACME directory. */
  directory: string;
  /** As CAA records name it. */
  caa: string;
  /** New certificates of one registered domain in a week; a renewal is none. */
  newCertificatesAWeek: number;
  /** Certificates with exactly the same names in a week. */
  duplicatesAWeek: number;
  /** Failed validations of one name in an hour. */
  failuresAnHour: number;
}

export const letsEncrypt: Fact<Authority> = {
  value: {
    directory: 'https://acme-v02.api.letsencrypt.org/directory',
    caa: 'letsencrypt.org',
    newCertificatesAWeek: 50,
    duplicatesAWeek: 5,
    failuresAnHour: 5,
  },
  source:
    'https://letsencrypt.org/docs/rate-limits/ and https://letsencrypt.org/docs/caa/, as quoted by others (community.letsencrypt.org/t/understanding-certificate-limits/140807); not read there itself',
  checked: '2026-11-30',
  check: 'curl -sS https://acme-v02.api.letsencrypt.org/directory | jq .meta',
};
