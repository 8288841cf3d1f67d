package store

import "time"

// Version is the number of the last migration.
const Version = version

// Searches are the queries that must find their rows by an index.
func Searches() []string {
	return []string{
		selectKey, selectOrder, updateOrder, ordersLatest, ordersByRequester, ordersByState, ordersByBoth, ordersByKey,
		ordersToLook, countOpen, selectDue, selectNextDue, selectHolder, selectDone, selectDay, selectLast,
		selectSince, countStates, selectExpiry, countDue, selectBehind, selectMark, dropLease, selectInvitation, useInvitation, dropInvitations, headQuery,
	}
}

// AskWithin sets how long a store in PostgreSQL asks for a commit whose answer
// was lost.
func AskWithin(s *Store, d time.Duration) {
	if p, ok := s.engine.(*postgres); ok {
		p.askWithin = d
	}
}
