/** Why a message is what a look-up says of it, for programs, and when that is said. */
export const REASONS = {
  role_not_counted: '`not_counted`: only the role `user` counts.',
  malformed: '`not_counted` or `quarantined`: the stored item is no message.',
  unknown_version: '`not_counted` or `quarantined`: the stored item is of another `schemaVersion`.',
  too_old:
    '`not_counted` or `quarantined`: it was sent before what is still counted, or the proof of its day is not kept for ' +
    'long enough.',
  sent_in_future: '`not_counted` or `quarantined`: it says that it was sent later than the clock allows.',
  too_many_channels: '`quarantined`: the peer has as many channels as it may have.',
  malformed_item:
    '`quarantined` or `unknown`: an item that it would be counted with has to be mended by whoever runs the service.',
  waiting: '`pending`: it was sent minutes ago at most.',
  overdue: '`pending`: it was sent longer ago. The explanation says how long, and what to look at.',
  first_version_differs:
    '`counted` or `pending`: it is stored with other values than the hints, and the first version of a message wins.',
  channel_disabled: '`counted`: figures list its channel with `include=disabled` alone.',
  channel_removed: '`counted`: figures list its channel with `include=removed` alone.',
  channel_purged: '`not_counted`: its channel was purged by whoever runs the service.',
  peer_erased: '`not_counted`: its peer was erased by whoever runs the service, after it was sent.',
  hints_needed:
    '`unknown`: it is not stored any more, or never was. The explanation says which hints to add.',
  not_found: '`unknown`: it is not stored, and not among the messages that were counted there.',
  evidence_expired:
    '`unknown`: the evidence of its day has expired. Whether it was counted can no longer be shown; its day’s figures ' +
    'stay.',
} as const;
export type Reason = keyof typeof REASONS;
