package store_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"didops/internal/identity"
	"didops/internal/money"
	"didops/internal/order"
	"didops/internal/risk"
)

// TestEveryOrderComesBack keeps random orders, with times of any zone and
// precision, and reads them again.
func TestEveryOrderComesBack(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		s := at(t, place(t))
		n := 0
		rapid.Check(t, func(rt *rapid.T) {
			n++
			r := records(n).Draw(rt, "order")
			insert(t, s, r)
			want := floored(r)
			want.Rev = 1
			equal(t, "inserted", orderOf(t, s, r.ID), want)
			next := records(n).Draw(rt, "next")
			next.Quote, next.Lines, next.Rev = r.Quote, r.Lines, 1
			write(t, s.Orders(), func(tx order.Tx) error { return tx.Save(next) })
			want = floored(next)
			want.Rev = 2
			equal(t, "saved", orderOf(t, s, r.ID), want)
			if t.Failed() {
				rt.FailNow()
			}
		})
	})
}

// floored is what a store makes of an order's times: UTC, whole microseconds.
func floored(r order.Record) order.Record {
	r = r.Clone()
	floor := func(t *time.Time) {
		*t = time.Date(t.UTC().Year(), t.UTC().Month(), t.UTC().Day(), t.UTC().Hour(), t.UTC().Minute(), t.UTC().Second(), t.Nanosecond()/1000*1000, time.UTC)
	}
	for _, t := range []*time.Time{&r.Created, &r.Expires, &r.Decided, &r.Finished, &r.RunnerUntil} {
		floor(t)
	}
	for i := range r.Decisions {
		floor(&r.Decisions[i].At)
	}
	for i := range r.Lines {
		for _, t := range []*time.Time{&r.Lines[i].Deadline, &r.Lines[i].FirstLook, &r.Lines[i].NextLook, &r.Lines[i].Settled, &r.Lines[i].Missed} {
			floor(t)
		}
	}
	return r
}

// zoned is a place east or west of Greenwich.
func zoned(t *rapid.T) *time.Location {
	return time.FixedZone("somewhere", rapid.IntRange(-12*3600, 14*3600).Draw(t, "offset"))
}

func times() *rapid.Generator[time.Time] {
	return rapid.Custom(func(t *rapid.T) time.Time {
		if rapid.Bool().Draw(t, "none") {
			return time.Time{}
		}
		ns := rapid.Int64Range(0, 4e18).Draw(t, "ns")
		return time.Unix(0, ns).In(zoned(t))
	})
}

func amounts() *rapid.Generator[money.Amount] {
	return rapid.Custom(func(t *rapid.T) money.Amount {
		switch rapid.IntRange(0, 3).Draw(t, "kind of amount") {
		case 0:
			return money.Amount{}
		case 1:
			return money.MustParse(fmt.Sprintf("%d", rapid.IntRange(0, 999_999_999_999_999).Draw(t, "whole")))
		}
		return money.MustParse(rapid.StringMatching(`[0-9]{1,15}\.[0-9]{1,9}`).Draw(t, "amount"))
	})
}

func pointers[T any](g *rapid.Generator[T]) *rapid.Generator[*T] { return rapid.Ptr(g, true) }

func parties() *rapid.Generator[identity.Party] {
	return rapid.Custom(func(t *rapid.T) identity.Party {
		s := rapid.String()
		return identity.Party{Realm: s.Draw(t, "surface"), ID: s.Draw(t, "id"), Name: s.Draw(t, "name"), Client: s.Draw(t, "client")}
	})
}

func dialogs() *rapid.Generator[order.Dialogs] {
	return rapid.Custom(func(t *rapid.T) order.Dialogs {
		kinds := []order.Elicitation{order.ElicitNothing, order.ElicitWithinLimit, order.ElicitEverything}
		return order.Dialogs{
			Elicitation: rapid.SampledFrom(kinds).Draw(t, "elicitation"),
			Limit:       amounts().Draw(t, "limit"), DayLimit: amounts().Draw(t, "day limit"),
		}
	})
}

func facts() *rapid.Generator[order.Fact] {
	return rapid.Custom(func(t *rapid.T) order.Fact {
		s := rapid.String()
		return order.Fact{Name: s.Draw(t, "name"), Value: s.Draw(t, "value"), Shown: s.Draw(t, "shown"), Fee: rapid.Bool().Draw(t, "fee")}
	})
}

// some is a list that is nil rather than empty, as JSON leaves out what is
// empty.
func some[T any](t *rapid.T, g *rapid.Generator[T], most int, what string) []T {
	list := rapid.SliceOfN(g, 0, most).Draw(t, what)
	if len(list) == 0 {
		return nil
	}
	return list
}

// records makes the n-th order, whose numbers no other has.
func records(n int) *rapid.Generator[order.Record] {
	return rapid.Custom(func(t *rapid.T) order.Record {
		s, at, whole := rapid.String(), times(), rapid.Int64Range(math.MinInt64/2, math.MaxInt64/2)
		r := order.Record{
			ID: fmt.Sprint("o-", n), Exchange: s.Draw(t, "exchange"), Tool: s.Draw(t, "tool"), Kind: s.Draw(t, "kind"),
			Risk:  risk.Level(rapid.IntRange(1, 5).Draw(t, "risk")),
			Phase: rapid.SampledFrom([]order.Phase{order.PhasePending, order.PhaseExecuting, order.PhaseRejected, order.PhaseExpired, order.PhaseCancelled, order.PhaseOver}).Draw(t, "phase"),
			Key:   s.Draw(t, "key"), Requester: parties().Draw(t, "requester"), Reason: s.Draw(t, "reason"),
			Currency: s.Draw(t, "currency"), Hash: s.Draw(t, "hash"),
			Asked: order.Rules{
				Needed: rapid.Int().Draw(t, "needed"), RequesterMayApprove: rapid.Bool().Draw(t, "own"),
				NoTerminal: rapid.Bool().Draw(t, "no terminal"), Dialogs: pointers(dialogs()).Draw(t, "dialogs"),
			},
			Created: at.Draw(t, "created"), Expires: at.Draw(t, "expires"), Decided: at.Draw(t, "decided"), Finished: at.Draw(t, "finished"),
			Day: s.Draw(t, "day"), Dialog: rapid.Bool().Draw(t, "dialog"),
			Runner: s.Draw(t, "runner"), RunnerUntil: at.Draw(t, "until"),
			Entry: whole.Draw(t, "entry"), EntryHash: s.Draw(t, "entry hash"),
		}
		r.Decisions = some(t, rapid.Custom(func(t *rapid.T) order.Decision {
			return order.Decision{By: parties().Draw(t, "by"), Person: s.Draw(t, "person"), Approve: rapid.Bool().Draw(t, "approve"), Reason: s.Draw(t, "reason"), At: at.Draw(t, "at"), Dialog: rapid.Bool().Draw(t, "dialog")}
		}), 3, "decisions")
		r.Quote.Notices = some(t, s, 3, "notices")
		for i := range rapid.IntRange(0, 10).Draw(t, "lines") {
			number := fmt.Sprintf("%d%02d", n, i)
			r.Quote.Lines = append(r.Quote.Lines, order.Line{
				Number: number, ID: s.Draw(t, "id"), Country: s.Draw(t, "country"),
				SetupFee: amounts().Draw(t, "setup"), MonthlyFee: amounts().Draw(t, "monthly"), DueNow: amounts().Draw(t, "due"),
				Documents: pointers(rapid.Bool()).Draw(t, "documents"),
				Facts:     some(t, facts(), 4, "facts"), Terms: some(t, facts(), 4, "terms"),
			})
			r.Lines = append(r.Lines, lines().Draw(t, "line"))
		}
		return r
	})
}

func lines() *rapid.Generator[order.LineRecord] {
	return rapid.Custom(func(t *rapid.T) order.LineRecord {
		s, at := rapid.String(), times()
		l := order.LineRecord{
			State: rapid.SampledFrom([]order.LineState{order.LineWaiting, order.LineSending, order.LineDone, order.LineFailed, order.LineUnknown, order.LineSkipped, order.LineChanged}).Draw(t, "state"),
			Owner: s.Draw(t, "owner"), Deadline: at.Draw(t, "deadline"), Tries: rapid.Int().Draw(t, "tries"), Message: s.Draw(t, "message"),
			Looks: rapid.Int().Draw(t, "looks"), FirstLook: at.Draw(t, "first"), NextLook: at.Draw(t, "next"),
			Pause: time.Duration(rapid.Int64().Draw(t, "pause")), Settled: at.Draw(t, "settled"), Missed: at.Draw(t, "missed"),
			Said: rapid.SampledFrom([]order.Said{order.SaidNothing, order.SaidYes, order.SaidNo, order.SaidLater}).Draw(t, "said"), Due: amounts().Draw(t, "due"),
			Denied: rapid.Bool().Draw(t, "denied"), Gone: rapid.Bool().Draw(t, "gone"),
		}
		if rapid.Bool().Draw(t, "changed") {
			l.Changed = rapid.MapOfN(s, rapid.Custom(func(t *rapid.T) [2]*string {
				return [2]*string{pointers(s).Draw(t, "quoted"), pointers(s).Draw(t, "now")}
			}), 0, 3).Draw(t, "changes")
		}
		return l
	})
}
