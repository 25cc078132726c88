/** Where the outside answers. */
import type { Fact } from './fact';

export const digitalOceanApi: Fact<string> = {
  value: 'https://api.digitalocean.com',
  source: 'https://docs.digitalocean.com/reference/api/reference/droplets/ ("Base URL")',
  checked: '2026-11-29',
  check: 'curl -sS -o /dev/null -w "%{http_code}\\n" https://api.digitalocean.com/v2/account   # 401 without a token',
};

export const cloudflareApi: Fact<string> = {
  value: 'https://api.cloudflare.com/client/v4',
  source: 'https://developers.cloudflare.com/api/ ("Base URL")',
  checked: '2026-11-29',
  check:
    'curl -sS -o /dev/null -w "%{http_code}\\n" https://api.cloudflare.com/client/v4/zones   # 400 without a token',
};

export const pulumiInstall: Fact<string> = {
  value: 'https://www.pulumi.com/docs/install/',
  source: 'https://www.pulumi.com/docs/install/',
  checked: '2026-11-29',
  check: 'curl -sSI https://www.pulumi.com/docs/install/',
};

/** Where Ollama pulls models from that are named without a host. */
export const ollamaRegistry: Fact<string> = {
  value: 'registry.ollama.ai',
  source:
    'ollama/ollama: types/model/name.go (MaskDefault), server/images.go (pullModelManifest: GET /v2/library/<model>/manifests/<tag>)',
  checked: '2026-11-30',
  check: 'curl -sS -o /dev/null -w "%{http_code}\\n" https://registry.ollama.ai/v2/library/qwen3/manifests/4b   # 200',
};

/** Address of a model's manifest; `name` is `model` or `model:tag`. */
export function modelManifest(name: string): string {
  const [model, tag = 'latest'] = name.split(':');
  return `https://${ollamaRegistry.value}/v2/library/${model}/manifests/${tag}`;
}
