/** What the running program was configured with. A provider's own setting may be secret: the value goes into a header and nowhere else. */
import * as pulumi from '@pulumi/pulumi';
import type { Setting } from './api';

export const configured: Setting = (key) => pulumi.runtime.allConfig()[key];
