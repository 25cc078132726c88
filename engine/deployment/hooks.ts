import { credentials } from '@grpc/grpc-js';
import { CallbacksClient } from '@pulumi/pulumi/proto/callback_grpc_pb';
import { CallbackInvokeRequest } from '@pulumi/pulumi/proto/callback_pb';
import {
  RegisterResourceHookRequest,
  ResourceHookRequest,
  ResourceHookResponse,
} from '@pulumi/pulumi/proto/resource_pb';
import { EngineError } from '../errors';
import { Reporter } from '../reporter';
import { HookType, ResourceState } from '../state/types';
import { parseUrn } from '../urn';
import { PropertyMap } from '../values';
import { toStruct } from '../wire';

interface Hook {
  target: string;
  token: string;
  onDryRun: boolean;
  ignoreErrors: boolean;
}

/** What a hook is told besides the resource's identity. */
export interface HookContext {
  newInputs?: PropertyMap;
  oldInputs?: PropertyMap;
  newOutputs?: PropertyMap;
  oldOutputs?: PropertyMap;
}

/** The program's resource hooks, which run inside the program. */
export class HookRegistry {
  private readonly hooks = new Map<string, Hook>();
  private readonly clients = new Map<string, CallbacksClient>();

  constructor(
    private readonly reporter: Reporter,
    private readonly preview: boolean,
  ) {}

  /** Takes the registration of a hook. */
  register(request: RegisterResourceHookRequest): void {
    const name = request.getName();
    const callback = request.getCallback();
    if (name === '' || callback === undefined) throw new EngineError('A resource hook needs a name and a callback.');
    if (this.hooks.has(name)) throw new EngineError(`The resource hook '${name}' is registered twice.`);
    this.hooks.set(name, {
      target: callback.getTarget(),
      token: callback.getToken(),
      onDryRun: request.getOnDryRun(),
      ignoreErrors: request.getIgnoreErrors(),
    });
  }

  /** Runs the hooks of one kind; the error of a hook fails the step. */
  async run(type: HookType, resource: ResourceState, context: HookContext): Promise<void> {
    for (const name of resource.resourceHooks[type] ?? []) {
      const hook = this.hooks.get(name);
      if (hook === undefined) throw new EngineError(`hook '${name}' was not registered`);
      if (this.preview && !hook.onDryRun) continue;
      const error = await this.invoke(hook, resource, context);
      if (error === '') continue;
      const when = type.startsWith('Before') ? 'before' : 'after';
      if (hook.ignoreErrors)
        this.reporter.diagnostic('warning', `${when} hook '${name}' failed: ${error}`, resource.urn);
      else throw new EngineError(`${when} hook '${name}' failed: ${error}`);
    }
  }

  /** Closes the connections to the program. */
  close(): void {
    for (const client of this.clients.values()) client.close();
  }

  private client(target: string): CallbacksClient {
    let client = this.clients.get(target);
    if (client === undefined) {
      client = new CallbacksClient(target, credentials.createInsecure());
      this.clients.set(target, client);
    }
    return client;
  }

  private async invoke(hook: Hook, resource: ResourceState, context: HookContext): Promise<string> {
    const request = new ResourceHookRequest();
    request.setUrn(resource.urn);
    request.setId(resource.id ?? '');
    request.setName(parseUrn(resource.urn).name);
    request.setType(resource.type);
    if (context.newInputs !== undefined) request.setNewInputs(toStruct(context.newInputs));
    if (context.oldInputs !== undefined) request.setOldInputs(toStruct(context.oldInputs));
    if (context.newOutputs !== undefined) request.setNewOutputs(toStruct(context.newOutputs));
    if (context.oldOutputs !== undefined) request.setOldOutputs(toStruct(context.oldOutputs));
    const envelope = new CallbackInvokeRequest();
    envelope.setToken(hook.token);
    envelope.setRequest(request.serializeBinary());
    const bytes = await new Promise<Uint8Array>((resolve, reject) => {
      this.client(hook.target).invoke(envelope, (error, response) => {
        if (error !== null) reject(new EngineError(`the program could not run its hook: ${error.details}`));
        else resolve(response.getResponse_asU8());
      });
    });
    return ResourceHookResponse.deserializeBinary(bytes).getError();
  }
}
