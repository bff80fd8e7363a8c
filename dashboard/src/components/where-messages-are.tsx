/** What to ask where figures are missing: whether they are up to date, and what became of a message. */
export function WhereMessagesAre() {
  return (
    <>
      Some were recorded? <a href="docs#getTrust">GET …/channel-stats/trust</a> tells whether counting is
      behind, and <a href="docs#lookUpMessages">POST …/messages/lookup</a> what became of a message.
    </>
  );
}
