import { createContext, type ReactNode, useContext } from 'react';

/** Whose a part of the page is, where there are several of its kind. */
interface Owner {
  /** Of the heading that names it. */
  headingId: string;
  /** In plain text. */
  name: string;
}

const OwnerContext = createContext<Owner | undefined>(undefined);

export interface OwnedProps extends Owner {
  children: ReactNode;
}

/** Tells the parts of the page that are within whose they are, so that no two have the same name. */
export function Owned({ headingId, name, children }: OwnedProps) {
  return <OwnerContext value={{ headingId, name }}>{children}</OwnerContext>;
}

/** What a part of the page is called by its own heading and, where there are several of it, by that of its owner. */
export function useLabelledBy(headingId: string): string {
  const owner = useContext(OwnerContext);
  return owner === undefined ? headingId : `${headingId} ${owner.headingId}`;
}

/** The name of a part of the page that has no heading, with that of its owner where there are several of it. */
export function useOwnLabel(label: string): string {
  const owner = useContext(OwnerContext);
  return owner === undefined ? label : `${label}, ${owner.name}`;
}
