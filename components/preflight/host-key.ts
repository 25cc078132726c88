/** Whether the new host will show the SSH key that every connection to it is pinned to. */
import { utils } from 'ssh2';

/** One sentence if the two halves of a host's key do not belong together: nothing could ever log in to what is made with them. */
export function checkHostKey(host: string, privateKey: string, publicKey: string): string[] {
  const [own, pinned] = [utils.parseKey(privateKey), utils.parseKey(publicKey)];
  if (!(own instanceof Error) && !(pinned instanceof Error) && own.getPublicSSH().equals(pinned.getPublicSSH()))
    return [];
  return [
    `the host key is not the pinned one: fleet:hostPublicKey-${host} is not the public half of fleet:hostKey-${host}, so no connection to the new host would be trusted; set the two halves of one key, those of the stack file's last good state`,
  ];
}
