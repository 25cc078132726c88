import { sendUnaryData, Server, ServerCredentials, ServerUnaryCall, status, UntypedHandleCall } from '@grpc/grpc-js';
import * as engineProto from '@pulumi/pulumi/proto/engine_pb';
import { EngineService } from '@pulumi/pulumi/proto/engine_grpc_pb';
import * as proto from '@pulumi/pulumi/proto/resource_pb';
import { ResourceMonitorService } from '@pulumi/pulumi/proto/resource_grpc_pb';
import * as providerProto from '@pulumi/pulumi/proto/provider_pb';
import { Empty } from 'google-protobuf/google/protobuf/empty_pb';
import { EngineError, messageOf } from './errors';
import { Deployment } from './deployment/deployment';
import { parseGoal } from './deployment/goal';
import { invoke } from './deployment/invoke';
import { registerOutputs, registerResource } from './deployment/register';
import { Severity } from './types';
import { fromStruct, toStruct } from './wire';

const MAX_MESSAGE = 400 * 1024 * 1024;
const { ResourceMonitorFeature: Feature } = proto;
const FEATURES = [
  Feature.RESOURCE_MONITOR_FEATURE_SECRETS,
  Feature.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
  Feature.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
  Feature.RESOURCE_MONITOR_FEATURE_REPLACEMENT_TRIGGER,
  Feature.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
  Feature.RESOURCE_MONITOR_FEATURE_REPLACE_WITH,
  Feature.RESOURCE_MONITOR_FEATURE_RESOURCE_HOOKS,
];
const FEATURE_IDS = [
  'secrets',
  'resourceReferences',
  'aliasSpecs',
  'replacementTrigger',
  'deletedWith',
  'replaceWith',
  'resourceHooks',
];
const SEVERITIES: Record<number, Severity | undefined> = { 1: 'info', 2: 'warning', 3: 'error' };

type Handler<Req, Res> = (request: Req) => Promise<Res> | Res;

/** The gRPC server that a program registers its resources with. */
export class MonitorServer {
  private readonly server = new Server({
    'grpc.max_receive_message_length': MAX_MESSAGE,
    'grpc.max_send_message_length': MAX_MESSAGE,
  });
  private release: () => void = () => undefined;
  private announce: () => void = () => undefined;
  /** Resolves when the program says that it registered everything. */
  readonly signalled = new Promise<void>((resolve) => {
    this.announce = resolve;
  });
  private readonly released = new Promise<void>((resolve) => {
    this.release = resolve;
  });

  constructor(private readonly deployment: Deployment) {
    this.server.addService(ResourceMonitorService, this.monitor());
    this.server.addService(EngineService, this.engine());
  }

  /** Listens on a free loopback port; returns its address. */
  async listen(): Promise<string> {
    const port = await new Promise<number>((resolve, reject) => {
      this.server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(new EngineError('No loopback port could be opened for the program.')),
      );
    });
    return `127.0.0.1:${port}`;
  }

  /** Lets the program end. */
  finish(): void {
    this.release();
  }

  close(): void {
    this.release();
    this.server.forceShutdown();
  }

  /**
   * A failure was reported where it happened. The program is only told to end: an error of its
   * own would repeat the message, with a stack trace around it.
   */
  private handle<Req, Res>(handler: Handler<Req, Res>): UntypedHandleCall {
    return ((call: ServerUnaryCall<Req, Res>, callback: sendUnaryData<Res>) => {
      const answer = async (): Promise<Res> => handler(call.request);
      answer().then(
        (response) => callback(null, response),
        () => callback({ code: status.CANCELLED, details: 'the run is ending' }),
      );
    }) as UntypedHandleCall;
  }

  /** Like handle, but the error is reported here. */
  private checked<Req, Res>(handler: Handler<Req, Res>): UntypedHandleCall {
    return this.handle<Req, Res>(async (request) => {
      try {
        return await handler(request);
      } catch (error) {
        if (!(error instanceof Error && error.name === 'Halted')) this.deployment.fail(messageOf(error));
        throw error;
      }
    });
  }

  private refused(what: string): UntypedHandleCall {
    return this.checked(() => {
      throw new EngineError(`The program uses ${what}, which the embedded engine does not implement.`);
    });
  }

  private async register(request: proto.RegisterResourceRequest): Promise<proto.RegisterResourceResponse> {
    const state = await registerResource(this.deployment, parseGoal(request));
    const response = new proto.RegisterResourceResponse();
    response.setUrn(state.urn);
    response.setId(state.id ?? '');
    response.setObject(toStruct(state.custom ? state.outputs : {}));
    return response;
  }

  private info(): proto.DeploymentInfo {
    const { project, stack, config, preview, parallel } = this.deployment.options;
    const info = new proto.DeploymentInfo();
    info.setProject(project);
    info.setStack(stack);
    info.setOrganization('organization');
    for (const [key, value] of Object.entries(config.values)) info.getConfigMap().set(key, value);
    info.setConfigsecretkeysList(config.secretKeys);
    info.setDryrun(preview);
    info.setParallel(parallel);
    info.setSupportedfeaturesList(FEATURES);
    return info;
  }

  private async invoke(request: proto.ResourceInvokeRequest): Promise<providerProto.InvokeResponse> {
    const result = await invoke(this.deployment, request.getTok(), fromStruct(request.getArgs()), {
      provider: request.getProvider(),
      version: request.getVersion(),
    });
    const response = new providerProto.InvokeResponse();
    response.setReturn(toStruct(result));
    return response;
  }

  private monitor(): Record<string, UntypedHandleCall> {
    return {
      getDeploymentInfo: this.handle(() => this.info()),
      supportsFeature: this.handle((request: proto.SupportsFeatureRequest) => {
        const response = new proto.SupportsFeatureResponse();
        response.setHassupport(FEATURE_IDS.includes(request.getId()));
        return response;
      }),
      registerResource: this.checked((request: proto.RegisterResourceRequest) => this.register(request)),
      registerResourceOutputs: this.checked(async (request: proto.RegisterResourceOutputsRequest) => {
        await registerOutputs(this.deployment, request.getUrn(), fromStruct(request.getOutputs()));
        return new Empty();
      }),
      registerResourceHook: this.checked((request: proto.RegisterResourceHookRequest) => {
        this.deployment.hooks.register(request);
        return new Empty();
      }),
      invoke: this.checked((request: proto.ResourceInvokeRequest) => this.invoke(request)),
      signalAndWaitForShutdown: this.handle(async () => {
        this.announce();
        await this.released;
        return new Empty();
      }),
      readResource: this.refused('a resource that is only read (get)'),
      call: this.refused('a call to a method of a resource'),
      registerStackTransform: this.refused('a stack transform'),
      registerStackInvokeTransform: this.refused('an invoke transform'),
      registerErrorHook: this.refused('an error hook'),
      registerPackage: this.refused('a parameterized package'),
    };
  }

  private engine(): Record<string, UntypedHandleCall> {
    const root = { urn: '' };
    return {
      log: this.handle((request: engineProto.LogRequest) => {
        const severity = SEVERITIES[request.getSeverity()];
        if (severity !== undefined)
          this.deployment.reporter.diagnostic(severity, request.getMessage(), request.getUrn() || undefined);
        return new Empty();
      }),
      setRootResource: this.handle((request: engineProto.SetRootResourceRequest) => {
        root.urn = request.getUrn();
        return new engineProto.SetRootResourceResponse();
      }),
      getRootResource: this.handle(() => {
        const response = new engineProto.GetRootResourceResponse();
        response.setUrn(root.urn);
        return response;
      }),
      startDebugging: this.refused('a debugger'),
      // The version is the CLI's; this engine is of one checkout with the program.
      requirePulumiVersion: this.handle(() => new engineProto.RequirePulumiVersionResponse()),
    };
  }
}
