/** Declares the generated stack before the program looks for it. */
import * as pulumi from '@pulumi/pulumi';
import { declare } from './declare';

declare(pulumi.getStack());
