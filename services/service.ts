/** What a service file exports: a pure function from its host's share of the declaration to a plan, and the secrets that the plan names. */
import type { SecretSetting } from '../stacks/model/settings';
import type { Context } from './context';
import type { ServicePlan } from './plan';

export interface Service {
  plan(context: Context): ServicePlan;
  /** Settings behind the `{{secret:NAME}}` places of the plan. */
  secrets?: SecretSetting[];
}
