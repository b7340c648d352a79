/** Which part of a list is asked for. `page` counts from 1. */
export interface PageRequest {
  readonly page: number;
  readonly pageSize: number;
}

/** One page of a list, with the number of items in the whole list. */
export interface PageOf<Item> {
  readonly items: readonly Item[];
  readonly total: number;
}

export const offsetOf = ({ page, pageSize }: PageRequest): number => (page - 1) * pageSize;
