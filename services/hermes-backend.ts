/** The FastAPI backend: "VPS Recovery Runbook", step 5, port 8645. */
import { agentConfig } from './fleet-config';
import type { Service } from './service';
import { sourced } from './sourced';

export const hermesBackend: Service = {
  plan: (context) =>
    sourced(context, {
      name: 'hermes-backend',
      description: 'FastAPI backend',
      impact: 'The backend of the agents does not answer.',
      packages: ['python3-fastapi', 'python3-uvicorn', 'python3-yaml'],
      http: { port: 8645, path: '/health', purpose: 'backend API' },
      dependsOn: ['fleet-config'],
      environment: { CONFIG_FILE: agentConfig(context.fleet) },
      needs: { memoryMiB: 256, diskGiB: 1 },
    }),
};
