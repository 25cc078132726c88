/** What of a kit would have to be fetched from the forge that it is to bring back. Pure. */

export interface Source {
  /** What is fetched, as a person would name it. */
  what: string;
  url: string;
}

/** One sentence for each source that lies on one of the fleet's own names or addresses. */
export function fromTheForge(sources: Source[], ownNames: string[]): string[] {
  return sources.flatMap(({ what, url }) => {
    const host = hostOf(url);
    return host !== undefined && ownNames.includes(host)
      ? [`${what} comes from ${host}, which is what the kit is to bring back; have it from somewhere else`]
      : [];
  });
}

/** Host of a URL, or of what git and npm take for one: `git@host:path`. */
function hostOf(url: string): string | undefined {
  const [, host] = /^(?:[\w.-]+@)?([\w.-]+):(?!\/\/)/.exec(url) ?? [];
  if (host) return host.toLowerCase();
  return URL.canParse(url) ? new URL(url).hostname.toLowerCase() : undefined;
}

/** Where the packages of a lockfile come from; those without an address come from the registry of the machine. */
export function packageSources(lockfile: string): Source[] {
  const { packages = {} } = JSON.parse(lockfile) as {
    packages?: Record<string, { resolved?: string; link?: boolean }>;
  };
  return Object.entries(packages).flatMap(([path, { resolved: url, link }]) =>
    url && !link ? [{ what: `npm package ${path.replace(/^.*node_modules\//, '')}`, url }] : [],
  );
}

/** Registries that an .npmrc names. */
export const registrySources = (npmrc: string): Source[] =>
  [...npmrc.matchAll(/^\s*(?:@[\w.-]+:)?registry\s*=\s*(\S+)/gm)].map(([, url = '']) => ({
    what: 'the npm registry of .npmrc',
    url,
  }));

/** Repositories that a .gitmodules names. */
export const submoduleSources = (gitmodules: string): Source[] =>
  [...gitmodules.matchAll(/^\s*url\s*=\s*(\S+)/gm)].map(([, url = '']) => ({ what: `git submodule ${url}`, url }));
