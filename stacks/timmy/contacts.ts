/** "Emergency Procedures", "Severity Levels", "Escalation Matrix" and "Contacts". */
import type { Contacts } from '../model/documents';

const ALEXANDER = 'Alexander Whitestone';

export const contacts: Contacts = {
  // "Emergency Classification" and "Emergency Notification Flow".
  severities: [
    {
      level: 'P0',
      within: 'at once',
      means: 'all agents down, or data lost',
      told: 'Telegram, an issue on the forge, the journal',
    },
    {
      level: 'P1',
      within: '15 minutes',
      means: 'one agent or one service down',
      told: 'an issue on the forge; Telegram where the forge is what is down, or the host has no token for it; the journal',
    },
    { level: 'P2', within: '1 hour', means: 'slow or partly degraded, and there is a way around', told: 'the journal' },
    {
      level: 'P3',
      within: '24 hours',
      means: 'cosmetic',
      told: 'the journal; taken up when somebody works on it next',
    },
  ],
  escalation: [
    'For the first 5 minutes a host heals itself: units restart, Ollama is looked after every minute.',
    'Until minute 30 Allegro acts on what its distress signals say.',
    'After that Alexander Whitestone does. The last resort is the rebuild: [recovery-runbook.md](recovery-runbook.md).',
  ],
  people: [
    {
      role: 'Grandfather',
      who: ALEXANDER,
      by: 'Telegram, or directly',
      when: 'P0 at once; P1 that stays unresolved for 30 minutes',
    },
    { role: 'System architect', who: ALEXANDER, by: 'SSH, console', when: 'decisions about the infrastructure' },
    { role: 'Domain expert', who: ALEXANDER, by: 'any of these', when: 'every escalation' },
    {
      role: 'Father',
      who: 'agent Allegro',
      by: 'distress signals; issues of allegro-primus/first-steps',
      when: 'P1 that a host did not heal within 5 minutes',
    },
    { role: 'Mentor', who: 'agent Ezra', by: 'issues on the forge', when: 'technical guidance' },
  ],
  consoles: [
    { what: 'DigitalOcean', at: 'https://cloud.digitalocean.com/', whose: ALEXANDER },
    { what: 'DigitalOcean, support', at: 'https://docs.digitalocean.com/support/', whose: ALEXANDER },
    { what: 'Cloudflare, zone of the public names', at: 'https://dash.cloudflare.com/' },
    { what: 'Registrar of the domain', whose: ALEXANDER },
    { what: 'Tailscale (off)', at: 'https://login.tailscale.com/', whose: ALEXANDER },
    { what: 'Object store, administrator key' },
  ],
};
