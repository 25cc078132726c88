import { replacedBy } from '../../drill/phases/upgrade';

const urn = (type: string, name: string) => `urn:pulumi:drill::fleet::fleet:Fleet$fleet:Host$${type}::${name}`;
const droplet = urn('digitalocean:index/droplet:Droplet', 'alpha');

test('an update may run commands anew and change what stands; what it would replace or delete is named once', () => {
  const kept = [
    { op: 'update', urn: droplet },
    { op: 'create', urn: urn('cloudflare:index/dnsRecord:DnsRecord', 'hooks') },
    ...['create-replacement', 'replace', 'delete-replaced'].map((op) => ({
      op,
      urn: urn('command:remote:Command', 'alpha-gitea-install'),
    })),
  ];
  expect(replacedBy(kept)).toEqual([]);
  const ops = ['create-replacement', 'replace', 'delete-replaced'];
  expect(replacedBy([...kept, ...ops.map((op) => ({ op, urn: droplet }))])).toEqual(['Droplet alpha']);
  expect(replacedBy([{ op: 'delete', urn: urn('digitalocean:index/reservedIp:ReservedIp', 'alpha-address') }])).toEqual(
    ['ReservedIp alpha-address'],
  );
});
