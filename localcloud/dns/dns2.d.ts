/** The part of the dns2 library that the name server uses; the library brings no types. */
declare module 'dns2' {
  export interface Question {
    name: string;
    type: number;
    class: number;
  }
  export interface Resource {
    name: string;
    type: number;
    class: number;
    ttl: number;
    [field: string]: string | number | string[];
  }
  export interface Message {
    header: { id: number; qr: number; aa: number; ra: number; rcode: number };
    questions: Question[];
    answers: Resource[];
    additionals: unknown[];
  }
  export const Packet: {
    TYPE: Record<'A' | 'AAAA' | 'CNAME' | 'NS' | 'TXT' | 'MX', number>;
    CLASS: { IN: number };
    createResponseFromRequest(request: Message): Message;
  };
  export interface Server {
    on(event: 'error' | 'requestError', listener: (error: Error) => void): this;
    listen(at: { udp: { port: number; address: string }; tcp: { port: number; address: string } }): Promise<unknown>;
    close(): Promise<void>;
  }
  export function createServer(options: {
    udp: boolean;
    tcp: boolean;
    handle: (request: Message, send: (response: Message) => void) => void;
  }): Server;
}
