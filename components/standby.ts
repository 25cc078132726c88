/**
 * A machine that waits to be the primary: provisioned, the critical services installed and stopped, their newest restore points staged on a
 * timer. It reaches the store with a key that reads, has no name, no backups and no open port but SSH.
 */
import * as pulumi from '@pulumi/pulumi';
import { Graph, type GraphArgs } from './graph';
import { standby, type Subject } from './steps';

export class Standby extends pulumi.ComponentResource {
  constructor(
    name: string,
    subject: Omit<Subject, 'name'>,
    graph: Pick<GraphArgs, 'machine' | 'secrets'>,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super('fleet:host:Standby', name, {}, opts);
    new Graph(standby({ ...subject, name }), graph, this);
    this.registerOutputs({});
  }
}
