// The decision at the heart of recovery: the walk over the last segment that holds anything has stopped; is that the
// end, a tail that was being written when the power went, or damage? What decides is the highest durable mark found
// anywhere, before or behind: a group at or below it was on disk, so its absence is damage; one above it was promised
// to nobody.

/** What stands where the next group should begin. */
export type StopSight =
  /** Zeros. */
  | 'blank'
  /** A whole footer that fits: the segment is sealed here. */
  | 'footer'
  /** Anything else: a bad header, metas or bodies, a group out of order, half a footer. */
  | 'bad';

export interface Stop {
  readonly sight: StopSight;
  /** Something that is not zero stands behind, in this segment; not asked where a footer closes it. */
  readonly remains: boolean | null;
  /** The position that should have come next is at or below the highest durable mark. */
  readonly covered: boolean;
}

export type Verdict =
  /** Nothing is missing: append here. */
  | 'end'
  /** Nothing is missing: append to the next segment. */
  | 'sealed'
  /** Zero it and what follows, then append here. */
  | 'torn-tail'
  /** Refuse; change nothing. */
  | 'corrupt';

export interface RecoveryCase extends Stop {
  readonly label: string;
  readonly verdict: Verdict;
}

const row = (
  label: string,
  sight: StopSight,
  remains: boolean | null,
  covered: boolean,
  verdict: Verdict,
): RecoveryCase => ({ label, sight, remains, covered, verdict });

export const RECOVERY_CASES: readonly RecoveryCase[] = [
  //  label                                          sight     remains covered verdict
  row('the zeros begin behind the last group', 'blank', false, false, 'end'),
  row('a durable group is zeroed, nothing follows', 'blank', false, true, 'corrupt'),
  row('an unsynced group is missing, later ones came', 'blank', true, false, 'torn-tail'),
  row('a durable group is zeroed, others follow', 'blank', true, true, 'corrupt'),
  row('a whole footer closes the segment', 'footer', null, false, 'sealed'),
  row('sealed, and later durable groups are missing', 'footer', null, true, 'corrupt'),
  row('the last write was torn', 'bad', false, false, 'torn-tail'),
  row('a durable group is damaged, nothing follows', 'bad', false, true, 'corrupt'),
  row('torn writes, some whole behind bad ones', 'bad', true, false, 'torn-tail'),
  row('a durable group is damaged, others follow', 'bad', true, true, 'corrupt'),
];

export function judge(stop: Stop): RecoveryCase {
  const found = RECOVERY_CASES.find(
    (each) => each.sight === stop.sight && each.remains === stop.remains && each.covered === stop.covered,
  );
  if (found === undefined) throw new RangeError('the table of recovery cases has a gap');
  return found;
}
