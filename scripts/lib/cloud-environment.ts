/** The environment that points providers and scripts at a cloud. */

/** Where a cloud answers, and with which keys. */
export interface CloudPlaces {
  digitalocean: string;
  cloudflare: string;
  tokens: { digitalocean: string; cloudflare: string };
  store: { endpoint: string; region: string; adminAccessKey: string; adminSecretKey: string };
}

export function cloudEnvironment(cloud: CloudPlaces) {
  return {
    DIGITALOCEAN_API_URL: cloud.digitalocean,
    DIGITALOCEAN_TOKEN: cloud.tokens.digitalocean,
    CLOUDFLARE_BASE_URL: cloud.cloudflare,
    CLOUDFLARE_API_TOKEN: cloud.tokens.cloudflare,
    SPACES_ENDPOINT_URL: cloud.store.endpoint,
    SPACES_ACCESS_KEY_ID: cloud.store.adminAccessKey,
    SPACES_SECRET_ACCESS_KEY: cloud.store.adminSecretKey,
  };
}
