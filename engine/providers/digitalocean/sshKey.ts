import { PropertyMap, Value } from '../../values';
import { BridgedResource, plain, Schema } from '../bridge';
import { Call } from '../types';
import { attempt, DigitalOceanApi, Json } from './api';

function outputs(key: Json): PropertyMap {
  return {
    id: String(key.id),
    name: key.name as Value,
    publicKey: key.public_key as Value,
    fingerprint: key.fingerprint as Value,
  };
}

const trim = (value: Value | undefined): string => String(value).trim();

/** `digitalocean:index/sshKey:SshKey` */
export class SshKey extends BridgedResource {
  protected readonly schema: Schema = {
    autoname: 255,
    fields: {
      name: { type: 'string' },
      publicKey: { type: 'string', required: true, forceNew: true, normalise: trim },
    },
    computed: ['fingerprint'],
  };

  constructor(private readonly api: DigitalOceanApi) {
    super();
  }

  protected async make(call: Call, inputs: PropertyMap): Promise<{ id: string; outputs: PropertyMap }> {
    const recover = async (): Promise<unknown> => {
      const found = await this.orphan(call, inputs);
      return found === undefined ? undefined : { ssh_key: found };
    };
    const body = { name: inputs.name, public_key: inputs.publicKey };
    const key = await attempt('Error creating SSH key', () =>
      this.api.send(call, 'POST', '/v2/account/keys', 'ssh_key', body, recover),
    );
    return { id: String(key.id), outputs: outputs(key) };
  }

  private async orphan(call: Call, inputs: PropertyMap): Promise<Json | undefined> {
    const keys = await this.api.list(call, '/v2/account/keys', 'ssh_keys');
    return keys.find(
      (key) =>
        key.name === inputs.name && trim(key.public_key) === trim(inputs.publicKey) && !call.owned.has(String(key.id)),
    );
  }

  async adopt(call: Call, inputs: PropertyMap): Promise<{ id: string; outputs: PropertyMap } | undefined> {
    const orphan = await this.orphan(call, plain(inputs));
    return orphan === undefined ? undefined : { id: String(orphan.id), outputs: outputs(orphan) };
  }

  protected async change(call: Call, id: string, inputs: PropertyMap): Promise<PropertyMap> {
    return outputs(
      await attempt('Error updating SSH key', () =>
        this.api.send(call, 'PUT', `/v2/account/keys/${id}`, 'ssh_key', { name: inputs.name }),
      ),
    );
  }

  protected async look(call: Call, id: string): Promise<PropertyMap | undefined> {
    const key = await attempt('Error retrieving SSH key', () =>
      this.api.find(call, `/v2/account/keys/${id}`, 'ssh_key'),
    );
    return key === undefined ? undefined : outputs(key);
  }

  protected async remove(call: Call, id: string): Promise<void> {
    if (!(await attempt('Error deleting SSH key', () => this.api.remove(call, `/v2/account/keys/${id}`))))
      throw this.gone(`SSH key ${id}`);
  }
}
