import type { ExportFormat } from '../read-options.ts';
import { chatwoot } from './chatwoot.ts';
import { csv } from './csv.ts';
import { discord } from './discord.ts';
import type { Format } from './format.ts';
import { jsonl } from './jsonl.ts';
import { mbox } from './mbox.ts';
import { openai } from './openai.ts';
import { slack } from './slack.ts';
import { telegram } from './telegram.ts';
import { whatsapp } from './whatsapp.ts';

/** All formats that are known, by their name. */
export const FORMATS: Readonly<Record<ExportFormat, Format>> = {
  slack,
  telegram,
  whatsapp,
  discord,
  chatwoot,
  mbox,
  openai,
  csv,
  jsonl,
};
