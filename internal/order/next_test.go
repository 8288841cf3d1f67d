package order_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"didops/internal/identity"
	"didops/internal/money"
	"didops/internal/order"
	"didops/internal/risk"
)

// noon is when the orders of these tests are asked for.
func noon() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

func after(d time.Duration) time.Time { return noon().Add(d) }

// waiting is a pending order of so many lines.
func waiting(lines int) order.Record {
	r := order.Record{
		ID: "o-1", Phase: order.PhasePending, Risk: risk.Spend, Requester: identity.Party{Realm: "os", ID: "alice"},
		Asked: order.Rules{Needed: 1, RequesterMayApprove: true}, Created: noon(), Expires: after(15 * time.Minute),
	}
	for i := range lines {
		r.Quote.Lines = append(r.Quote.Lines, order.Line{Number: fmt.Sprint(i), DueNow: money.MustParse("1")})
		r.Lines = append(r.Lines, order.LineRecord{State: order.LineWaiting})
	}
	return r
}

func by(id string, yes bool, at time.Time) order.Decide {
	return order.Decide{Decision: order.Decision{By: identity.Party{Realm: "os", ID: id}, Approve: yes, At: at}, Needed: 1, Runner: "p1", Until: at.Add(25 * time.Second)}
}

// follow lets events happen, each of which must be able to.
func follow(tb testing.TB, r order.Record, list ...order.Event) order.Record {
	tb.Helper()
	for _, e := range list {
		next, err := order.Next(r, e)
		if err != nil {
			tb.Fatal(err)
		}
		r = next
	}
	return r
}

func send(n int, at time.Duration) order.Send {
	return order.Send{Line: n, Runner: "p1", Deadline: after(at + 15*time.Second), Until: after(at + 25*time.Second)}
}

func answered(n int, s order.LineState, at time.Duration) order.Answer {
	return order.Answer{Line: n, Runner: "p1", State: s, At: after(at), Until: after(at + 25*time.Second)}
}

func look(n int, v order.Verdict, at time.Duration) order.Observe {
	return order.Observe{Line: n, Evidence: order.Evidence{Verdict: v, Why: "seen"}, At: after(at)}
}

// The orders in every phase, of two lines where there is room for it.
func phases(tb testing.TB) map[string]order.Record {
	tb.Helper()
	running := follow(tb, waiting(2), by("bob", true, after(0)))
	sending := follow(tb, running, send(0, 0))
	unknown := follow(tb, waiting(1), by("bob", true, after(0)), send(0, 0), answered(0, order.LineUnknown, time.Second))
	settled := follow(tb, unknown, look(0, order.Refuted, 20*time.Second), look(0, order.Refuted, 30*time.Second), look(0, order.Refuted, 40*time.Second))
	return map[string]order.Record{
		"waiting":   waiting(2),
		"running":   running,
		"sending":   sending,
		"unknown":   unknown,
		"settled":   settled,
		"done":      follow(tb, waiting(1), by("bob", true, after(0)), send(0, 0), answered(0, order.LineDone, time.Second)),
		"rejected":  follow(tb, waiting(2), by("bob", false, after(0))),
		"expired":   follow(tb, waiting(2), order.Expire{At: after(15 * time.Minute)}),
		"cancelled": follow(tb, waiting(2), order.Cancel{At: after(time.Minute)}),
	}
}

func TestNextLetsHappenOnlyWhatMay(t *testing.T) {
	t.Parallel()
	events := map[string]order.Event{
		"approve":          by("bob", true, after(time.Minute)),
		"approve too late": by("bob", true, after(15*time.Minute)),
		"reject":           by("bob", false, after(time.Minute)),
		"expire":           order.Expire{At: after(15 * time.Minute)},
		"expire too soon":  order.Expire{At: after(15*time.Minute - 1)},
		"cancel":           order.Cancel{At: after(time.Minute)},
		"send":             send(0, time.Second),
		"send other":       order.Send{Line: 0, Runner: "p2"},
		"send no line":     send(2, 0),
		"send line -1":     send(-1, 0),
		"done":             answered(0, order.LineDone, time.Second),
		"unknown":          answered(0, order.LineUnknown, time.Second),
		"nothing done":     answered(0, order.LineWaiting, time.Second),
		"failed":           answered(0, order.LineFailed, time.Second),
		"changed":          answered(0, order.LineChanged, time.Second),
		"skipped":          answered(0, order.LineSkipped, time.Second),
		"answer sending":   answered(0, order.LineSending, time.Second),
		"answer of other":  order.Answer{Line: 0, Runner: "p2", State: order.LineDone},
		"interrupt":        order.Interrupt{At: after(time.Hour)},
		"interrupt early":  order.Interrupt{At: after(30 * time.Second)},
		"look":             look(0, order.Refuted, time.Minute),
		"look no line":     look(7, order.Confirmed, time.Minute),
	}
	may := map[string]string{ // what may happen in each phase
		"waiting":   "approve,cancel,expire,reject",
		"running":   "changed,failed,interrupt,send,skipped",
		"sending":   "done,failed,interrupt,nothing done,unknown",
		"unknown":   "look",
		"settled":   "look",
		"done":      "",
		"rejected":  "",
		"expired":   "",
		"cancelled": "",
	}
	for phase, r := range phases(t) {
		t.Run(phase, func(t *testing.T) {
			t.Parallel()
			var did []string
			for name, e := range events {
				before := text(t, r)
				next, err := order.Next(r, e)
				if got := text(t, r); got != before {
					t.Errorf("%s modified the record it was given:\n%s", name, cmp.Diff(before, got))
				}
				if err != nil {
					if got := text(t, next); got != before {
						t.Errorf("%s was refused, and changed\n%s", name, cmp.Diff(before, got))
					}
					continue
				}
				did = append(did, name)
			}
			slices.Sort(did)
			if got := strings.Join(did, ","); got != may[phase] {
				t.Errorf("got %s, want %s", got, may[phase])
			}
		})
	}
}

func text(tb testing.TB, r order.Record) string {
	tb.Helper()
	b, err := json.MarshalIndent(r, "", " ") //nolint:musttag // to compare records
	if err != nil {
		tb.Fatal(err)
	}
	return string(b)
}

func TestApprovalsAreCounted(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name        string
		asked, need int
		list        []order.Decide
		want        order.Phase
	}{
		{"one of one", 1, 1, []order.Decide{by("a", true, noon())}, order.PhaseExecuting},
		{"one of two", 2, 1, []order.Decide{by("a", true, noon())}, order.PhasePending},
		{"two of two", 2, 1, []order.Decide{by("a", true, noon()), by("b", true, noon())}, order.PhaseExecuting},
		{"the present asks for more", 1, 3, []order.Decide{by("a", true, noon()), by("b", true, noon())}, order.PhasePending},
		{"three of three", 1, 3, []order.Decide{by("a", true, noon()), by("b", true, noon()), by("c", true, noon())}, order.PhaseExecuting},
		{"a rejection after an approval", 2, 1, []order.Decide{by("a", true, noon()), by("b", false, noon())}, order.PhaseRejected},
		{"none asked for is one", 0, 0, []order.Decide{by("a", true, noon())}, order.PhaseExecuting},
		{"at the last moment", 1, 1, []order.Decide{by("a", true, after(15*time.Minute-1))}, order.PhaseExecuting},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := waiting(1)
			r.Asked.Needed = tt.asked
			for _, d := range tt.list {
				d.Needed = tt.need
				r = follow(t, r, d)
			}
			if r.Phase != tt.want || len(r.Decisions) != len(tt.list) {
				t.Errorf("got %s with %d decisions, want %s", r.Phase, len(r.Decisions), tt.want)
			}
			if decided := r.Phase != order.PhasePending; decided != !r.Decided.IsZero() {
				t.Errorf("decided at %s in phase %s", r.Decided, r.Phase)
			}
		})
	}
	twice := follow(t, order.Record{ID: "o", Phase: order.PhasePending, Asked: order.Rules{Needed: 2}, Expires: after(time.Hour)}, by("a", true, noon()))
	if _, err := order.Next(twice, by("a", true, noon())); err == nil {
		t.Error("one person's second approval was counted")
	}
}

func TestAnApprovalCountsOnItsUTCDay(t *testing.T) {
	t.Parallel()
	r := waiting(1)
	r.Expires = after(48 * time.Hour)
	at := time.Date(2026, 3, 2, 1, 0, 0, 0, time.FixedZone("", 2*60*60)) // still the first in UTC
	if got := follow(t, r, by("a", true, at)).Day; got != "2026-03-01" {
		t.Errorf("got day %s, want 2026-03-01", got)
	}
}

func TestTriesAreBounded(t *testing.T) {
	t.Parallel()
	r := follow(t, waiting(1), by("bob", true, noon()))
	for try := 1; try <= 3; try++ {
		r = follow(t, r, send(0, time.Second), answered(0, order.LineWaiting, 2*time.Second))
		if r.Lines[0].Tries != try {
			t.Fatalf("got %d tries, want %d", r.Lines[0].Tries, try)
		}
	}
	if _, err := order.Next(r, send(0, 3*time.Second)); err == nil {
		t.Error("a fourth try was let through")
	}
}

func TestInterrupt(t *testing.T) {
	t.Parallel()
	r := follow(t, waiting(4), by("bob", true, noon()), send(0, 0), answered(0, order.LineDone, time.Second),
		send(1, time.Second), answered(1, order.LineFailed, 2*time.Second), send(2, 2*time.Second)) // deadline 17 s, sign of life until 27 s
	if _, err := order.Next(r, order.Interrupt{At: after(37*time.Second - 1)}); err == nil {
		t.Error("it was taken over before the sign of life was due and 10 s more")
	}
	r = follow(t, r, order.Interrupt{At: after(37 * time.Second)})
	var got []order.LineState
	for _, l := range r.Lines {
		got = append(got, l.State)
	}
	want := []order.LineState{order.LineDone, order.LineFailed, order.LineUnknown, order.LineSkipped}
	if !slices.Equal(got, want) || r.Phase != order.PhaseOver || r.Runner != "" {
		t.Errorf("got %v, %s, runner %q; want %v, over, none", got, r.Phase, r.Runner, want)
	}
	for _, e := range []order.Event{answered(2, order.LineDone, 38*time.Second), send(3, 38*time.Second), answered(3, order.LineSkipped, 38*time.Second)} {
		if _, err := order.Next(r, e); err == nil {
			t.Errorf("the runner that lost the order did %T", e)
		}
	}
}

func TestASendingLineIsLeftAloneUntilItsDeadlineIsOver(t *testing.T) {
	t.Parallel()
	r := follow(t, waiting(1), by("bob", true, noon()), order.Send{Line: 0, Runner: "p1", Deadline: after(time.Minute), Until: after(time.Second)})
	for at, want := range map[time.Duration]bool{70*time.Second - 1: false, 70 * time.Second: true} {
		if got := r.Silent(after(at)); got != want {
			t.Errorf("after %s: got silent %v, want %v", at, got, want)
		}
	}
}

func TestLooksSettle(t *testing.T) {
	t.Parallel()
	type seen struct {
		v  order.Verdict
		at time.Duration
	}
	const nd, dn, sm, un = order.Refuted, order.Confirmed, order.Presumed, order.Inconclusive
	s := time.Second
	for _, tt := range []struct { // the deadline is at 15 s
		name  string
		looks []seen
		want  order.LineState
	}{
		{"what is seen is proof", []seen{{dn, 2 * s}}, order.LineDone},
		{"an early NotDone says nothing", []seen{{nd, 2 * s}, {nd, 9 * s}, {nd, 15*s - 1}, {nd, 30 * s}}, order.LineUnknown},
		{"three over exactly 15 s", []seen{{nd, 15 * s}, {nd, 20 * s}, {nd, 30 * s}}, order.LineFailed},
		{"three over a little less", []seen{{nd, 15 * s}, {nd, 20 * s}, {nd, 30*s - 1}}, order.LineUnknown},
		{"two over an hour", []seen{{nd, 15 * s}, {nd, time.Hour}}, order.LineUnknown},
		{"four, the fourth is late enough", []seen{{nd, 15 * s}, {nd, 16 * s}, {nd, 17 * s}, {nd, 30 * s}}, order.LineFailed},
		{"incomplete ones do not count", []seen{{nd, 15 * s}, {un, 20 * s}, {un, 30 * s}, {nd, 40 * s}}, order.LineUnknown},
		{"incomplete ones between do no harm", []seen{{nd, 15 * s}, {un, 20 * s}, {nd, 25 * s}, {nd, 30 * s}}, order.LineFailed},
		{"alternating ones never agree", []seen{{nd, 15 * s}, {sm, 20 * s}, {nd, 30 * s}, {sm, 40 * s}, {nd, 50 * s}}, order.LineUnknown},
		{"a change of mind starts anew", []seen{{nd, 15 * s}, {nd, 20 * s}, {sm, 30 * s}, {sm, 40 * s}, {sm, 44 * s}}, order.LineUnknown},
		{"it seems done for long enough", []seen{{nd, 15 * s}, {sm, 20 * s}, {sm, 30 * s}, {sm, 35 * s}}, order.LineDone},
		{"a clock set back starts anew", []seen{{nd, 30 * s}, {nd, 40 * s}, {nd, 20 * s}, {nd, 25 * s}}, order.LineUnknown},
		{"and goes on from there", []seen{{nd, 30 * s}, {nd, 40 * s}, {nd, 20 * s}, {nd, 25 * s}, {nd, 35 * s}}, order.LineFailed},
		{"done between", []seen{{nd, 15 * s}, {nd, 20 * s}, {dn, 30 * s}}, order.LineDone},
		{"nothing but incomplete ones", []seen{{un, 15 * s}, {un, time.Minute}, {un, time.Hour}, {un, 9 * time.Hour}}, order.LineUnknown},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := phases(t)["unknown"]
			for _, l := range tt.looks {
				r = follow(t, r, look(0, l.v, l.at))
			}
			if got := r.Lines[0].State; got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			again := tt.want != order.LineDone || tt.looks[len(tt.looks)-1].v == order.Presumed // what was inferred may be wrong
			if again == r.Lines[0].NextLook.IsZero() {
				t.Errorf("got the next look at %s of a line that is %s", r.Lines[0].NextLook, r.Lines[0].State)
			}
			if settled := tt.want != order.LineUnknown; settled == r.Lines[0].Settled.IsZero() {
				t.Errorf("got settled at %s", r.Lines[0].Settled)
			}
		})
	}
}

// TestAYesIsNeverSettledAsFailed looks for what the exchange said yes to, for as
// long as a day: it is done when it shows, and else stays unknown.
func TestAYesIsNeverSettledAsFailed(t *testing.T) {
	t.Parallel()
	yes := answered(0, order.LineUnknown, time.Second)
	yes.Said = order.SaidYes
	r := follow(t, waiting(1), by("bob", true, after(0)), send(0, 0), yes)
	for at := 20 * time.Second; at < 24*time.Hour; at += 10 * time.Minute {
		e := look(0, order.Refuted, at)
		e.After = 15 * time.Minute
		r = follow(t, r, e)
		if l := r.Lines[0]; l.State != order.LineUnknown || l.Denied != (at >= 20*time.Second+20*time.Minute) || !r.Reserved(0) || !r.Holds(0) {
			t.Fatalf("after %s: got %+v", at, l)
		}
	}
	for _, v := range []order.Verdict{order.Confirmed, order.Altered} {
		if got := follow(t, r, look(0, v, 25*time.Hour)).Lines[0].State; got != order.LineDone {
			t.Errorf("%d: got %s, want done", v, got)
		}
	}
}

// TestALateAnswer brings the answer to a line that others have settled.
func TestALateAnswer(t *testing.T) {
	t.Parallel()
	gone := follow(t, waiting(1), by("bob", true, after(0)), send(0, 0), order.Interrupt{At: after(time.Hour)})
	failed := follow(t, gone, look(0, order.Refuted, time.Hour), look(0, order.Refuted, time.Hour+10*time.Second), look(0, order.Refuted, time.Hour+20*time.Second))
	late := func(runner string, s order.LineState, said order.Said) order.Late {
		return order.Late{Line: 0, Runner: runner, State: s, Said: said, Found: order.Evidence{Verdict: order.Confirmed}, At: after(2 * time.Hour)}
	}
	for _, tt := range []struct {
		name string
		was  order.Record
		late order.Late
		want order.LineState // "" = it is not heard
	}{
		{"a success that shows, of what is unknown", gone, late("p1", order.LineDone, order.SaidYes), order.LineDone},
		{"the same, of what was settled as failed", failed, late("p1", order.LineDone, order.SaidYes), order.LineDone},
		{"a success that does not show", failed, late("p1", order.LineUnknown, order.SaidYes), order.LineUnknown},
		{"the same, of what is unknown", gone, late("p1", order.LineUnknown, order.SaidYes), order.LineUnknown},
		{"a refusal", failed, late("p1", order.LineFailed, order.SaidNo), ""},
		{"of another runner", failed, late("p2", order.LineDone, order.SaidYes), ""},
		{"no answer", gone, late("p1", order.LineUnknown, order.SaidNothing), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			next, err := order.Next(tt.was, tt.late)
			if (err != nil) != (tt.want == "") {
				t.Fatalf("got %v, want it heard: %v", err, tt.want != "")
			}
			if err == nil && next.Lines[0].State != tt.want {
				t.Errorf("got %s, want %s", next.Lines[0].State, tt.want)
			}
			if l := next.Lines[0]; err == nil && l.State == order.LineUnknown && (l.NextLook.IsZero() || l.Said != order.SaidYes) {
				t.Errorf("got %+v, want it looked for", l)
			}
		})
	}
}

// TestAnUnknownLineSaysWhy holds that the last look's reason is kept while no
// looks agree.
func TestAnUnknownLineSaysWhy(t *testing.T) {
	t.Parallel()
	found := func(v order.Verdict, why string, at time.Duration) order.Event {
		return order.Observe{Line: 0, Evidence: order.Evidence{Verdict: v, Why: why}, At: after(at)}
	}
	r := follow(t, phases(t)["unknown"], found(order.Inconclusive, "the list could not be read", 20*time.Second))
	for _, tt := range []struct {
		look order.Event
		want string
	}{
		{found(order.Inconclusive, "", 30*time.Second), "the last look: the list could not be read"},
		{found(order.Refuted, "it is still offered", 40*time.Second), "the last look: it is still offered"},
	} {
		r = follow(t, r, tt.look)
		if l := r.Lines[0]; l.State != order.LineUnknown || !strings.HasSuffix(l.Message, tt.want) {
			t.Errorf("got %s, %q; want %q", l.State, l.Message, tt.want)
		}
	}
	r = follow(t, r, found(order.Confirmed, "it is in the list", 50*time.Second))
	if l := r.Lines[0]; l.State != order.LineDone || l.Message != "it is in the list" {
		t.Errorf("got %s, %q", l.State, l.Message)
	}
}

func TestALateTruthCorrects(t *testing.T) {
	t.Parallel()
	at := 40 * time.Second // when phases' settled was settled
	for _, tt := range []struct {
		name  string
		looks []order.Event
		want  order.LineState
		more  bool // whether it is looked at again
	}{
		{"not yet", nil, order.LineFailed, true},
		{"soon", []order.Event{look(0, order.Confirmed, at+30*time.Second)}, order.LineDone, false},
		{"after many looks", []order.Event{look(0, order.Refuted, at+time.Minute), look(0, order.Inconclusive, at+30*time.Minute), look(0, order.Confirmed, at+59*time.Minute)}, order.LineDone, false},
		{"no more within the hour", []order.Event{look(0, order.Refuted, at+time.Hour-1)}, order.LineFailed, true},
		{"the hour is over", []order.Event{look(0, order.Refuted, at+time.Hour)}, order.LineFailed, false},
		{"a late look that shows it", []order.Event{look(0, order.Confirmed, at+3*time.Hour)}, order.LineDone, false},
		{"it seems so once", []order.Event{look(0, order.Presumed, at+time.Minute)}, order.LineFailed, true},
		{"it seems so three times over 15 s", []order.Event{look(0, order.Presumed, at+60*time.Second), look(0, order.Presumed, at+70*time.Second), look(0, order.Presumed, at+75*time.Second)}, order.LineDone, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := follow(t, phases(t)["settled"], tt.looks...)
			l := r.Lines[0]
			if l.State != tt.want || l.NextLook.IsZero() == tt.more {
				t.Errorf("got %s, next look %s; want %s, more %v", l.State, l.NextLook, tt.want, tt.more)
			}
			if end := l.Settled.Add(time.Hour); l.NextLook.After(end) {
				t.Errorf("got a look at %s, want none after %s", l.NextLook, end)
			}
		})
	}
}

// TestWhatSeemedDoneIsCorrected lets a line that was settled by what was not
// seen any more turn out to be as it was: unknown as soon as it is seen, and
// failed when it is seen for long enough.
func TestWhatSeemedDoneIsCorrected(t *testing.T) {
	t.Parallel()
	const s = time.Second
	r := follow(t, phases(t)["unknown"], look(0, order.Presumed, 15*s), look(0, order.Presumed, 25*s), look(0, order.Presumed, 35*s))
	if l := r.Lines[0]; l.State != order.LineDone || l.NextLook.IsZero() {
		t.Fatalf("got %+v, want it done and looked at again", l)
	}
	blind := follow(t, r, look(0, order.Inconclusive, 60*s))
	if l := blind.Lines[0]; l.State != order.LineDone {
		t.Errorf("got %s after a look that says nothing, want done", l.State)
	}
	r = follow(t, r, look(0, order.Refuted, 60*s))
	if l := r.Lines[0]; l.State != order.LineUnknown || l.NextLook.IsZero() {
		t.Errorf("got %s after a look that shows it, want unknown and looked for", l.State)
	}
	again := follow(t, r, look(0, order.Presumed, 70*s), look(0, order.Presumed, 80*s), look(0, order.Presumed, 90*s))
	if l := again.Lines[0]; l.State != order.LineDone {
		t.Errorf("got %s after three looks that do not, want done again", l.State)
	}
	r = follow(t, r, look(0, order.Refuted, 70*s), look(0, order.Refuted, 80*s))
	if l := r.Lines[0]; l.State != order.LineUnknown {
		t.Errorf("got %s after three looks, want unknown still", l.State)
	}
	r = follow(t, r, look(0, order.Refuted, 90*s))
	if l := r.Lines[0]; l.State != order.LineFailed {
		t.Errorf("got %s after four looks, want failed", l.State)
	}
}

// TestLooksComeInTime plans looks as the settler does and holds how often and
// when they are: soon at first, never before the deadline is of use, each
// later than the last, at most ten minutes apart.
func TestLooksComeInTime(t *testing.T) {
	t.Parallel()
	r, n := phases(t)["unknown"], 0
	for at := r.Lines[0].NextLook; n < 12; n++ {
		r = follow(t, r, order.Observe{Line: 0, Evidence: order.Evidence{Verdict: order.Inconclusive}, At: at})
		pause := r.Lines[0].NextLook.Sub(at)
		if pause <= 0 || pause > 10*time.Minute {
			t.Fatalf("look %d is %s after the one before", n, pause)
		}
		at = r.Lines[0].NextLook
	}
	r = phases(t)["unknown"]
	for r.Lines[0].State == order.LineUnknown {
		r = follow(t, r, order.Observe{Line: 0, Evidence: order.Evidence{Verdict: order.Refuted}, At: r.Lines[0].NextLook})
	}
	if took := r.Lines[0].Settled.Sub(after(15 * time.Second)); took < 15*time.Second || took > 25*time.Second {
		t.Errorf("settled %s after the deadline, want between 15 and 25 s", took)
	}
}

// TestNextKeepsTheLaws lets random events happen, and holds after each what
// must be true of every record.
func TestNextKeepsTheLaws(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := waiting(rapid.IntRange(1, 3).Draw(t, "lines"))
		r.Asked.Needed = rapid.IntRange(0, 3).Draw(t, "needed")
		now := noon()
		sends := make([]int, len(r.Lines))
		for range rapid.IntRange(1, 60).Draw(t, "events") {
			now = now.Add(time.Duration(rapid.IntRange(-20, 60).Draw(t, "seconds")) * time.Second)
			e := drawEvent(t, len(r.Lines), now)
			before := textOf(r)
			next, err := order.Next(r, e)
			if textOf(r) != before {
				t.Fatalf("%T modified the record it was given", e)
			}
			if err != nil {
				if textOf(next) != before {
					t.Fatalf("%T was refused and changed the record", e)
				}
				continue
			}
			if s, ok := e.(order.Send); ok {
				sends[s.Line]++
			}
			lawfulStep(t, r, next, e)
			r = next
		}
		for n, l := range r.Lines {
			if l.Tries != sends[n] || l.Tries > 3 {
				t.Fatalf("line %d was sent %d times and has %d tries", n, sends[n], l.Tries)
			}
		}
	})
}

func textOf(r order.Record) string {
	b, _ := json.Marshal(r) //nolint:musttag // to compare records
	return string(b)
}

func drawEvent(t *rapid.T, lines int, now time.Time) order.Event {
	n := rapid.IntRange(-1, lines).Draw(t, "line")
	runner := rapid.SampledFrom([]string{"p1", "p1", "p1", "p2"}).Draw(t, "runner")
	switch rapid.SampledFrom([]string{"decide", "expire", "cancel", "send", "send", "answer", "answer", "answer", "late", "miss", "interrupt", "look", "look"}).Draw(t, "event") {
	case "decide":
		d := by(rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(t, "who"), rapid.IntRange(0, 7).Draw(t, "no") > 0, now)
		d.Needed, d.Dialog = rapid.IntRange(0, 2).Draw(t, "needed now"), rapid.Bool().Draw(t, "dialog")
		return d
	case "expire":
		return order.Expire{At: now}
	case "cancel":
		return order.Cancel{At: now}
	case "send":
		return order.Send{Line: n, Runner: runner, Deadline: now.Add(15 * time.Second), Until: now.Add(25 * time.Second)}
	case "answer":
		s := rapid.SampledFrom([]order.LineState{
			order.LineWaiting, order.LineSending, order.LineDone, order.LineFailed, order.LineUnknown, order.LineSkipped, order.LineChanged, "other",
		}).Draw(t, "state")
		return drawAnswer(t, n, runner, s, now)
	case "late":
		return order.Late(drawAnswer(t, n, runner, rapid.SampledFrom([]order.LineState{order.LineDone, order.LineUnknown, order.LineFailed}).Draw(t, "late"), now))
	case "miss":
		return order.Miss{Line: n, At: now}
	case "interrupt":
		return order.Interrupt{At: now}
	}
	after := time.Duration(rapid.IntRange(0, 20).Draw(t, "minutes")) * time.Minute
	return order.Observe{Line: n, Evidence: drawEvidence(t), At: now, After: after}
}

func drawAnswer(t *rapid.T, n int, runner string, s order.LineState, now time.Time) order.Answer {
	said := rapid.SampledFrom([]order.Said{order.SaidNothing, order.SaidYes, order.SaidNo, order.SaidLater}).Draw(t, "said")
	return order.Answer{Line: n, Runner: runner, State: s, Said: said, Found: drawEvidence(t), At: now, Until: now.Add(25 * time.Second)}
}

func drawEvidence(t *rapid.T) order.Evidence {
	v := rapid.SampledFrom([]order.Verdict{order.Inconclusive, order.Confirmed, order.Presumed, order.Refuted, order.Altered}).Draw(t, "verdict")
	return order.Evidence{Verdict: v, Moved: rapid.Bool().Draw(t, "moved")}
}

// lawfulStep holds what every step must keep.
func lawfulStep(t *rapid.T, was, is order.Record, e order.Event) {
	_, looked := e.(order.Observe)
	if _, late := e.(order.Late); late {
		looked = true
	}
	for n := range is.Lines {
		if a, b := was.Lines[n].State, is.Lines[n].State; a != b && !lawful(a, b) {
			t.Fatalf("%T made %s of a line that was %s", e, b, a)
		} else if a == order.LineFailed && b == order.LineDone && !looked {
			t.Fatalf("%T corrected a line", e)
		}
		if is.Lines[n].Tries > was.Lines[n].Tries && was.Lines[n].State != order.LineWaiting {
			t.Fatalf("%T sends a line that is %s", e, was.Lines[n].State)
		}
		if is.Holds(n) && is.Phase != order.PhasePending && !is.Reserved(n) {
			t.Fatalf("line %d holds its number and is not reserved", n)
		}
	}
	if was.Phase != order.PhasePending && len(was.Decisions) != len(is.Decisions) {
		t.Fatalf("an order that is %s was decided", was.Phase)
	}
	if got, want := is.State(), derived(is); got != want {
		t.Fatalf("got state %s, want %s", got, want)
	}
	if over := is.Phase == order.PhaseOver; over != (is.Phase != order.PhasePending && !slices.ContainsFunc(is.Lines, func(l order.LineRecord) bool {
		return l.State == order.LineWaiting || l.State == order.LineSending
	})) && (is.Phase == order.PhaseExecuting || over) {
		t.Fatalf("an order is %s with lines %+v", is.Phase, is.Lines)
	}
	if ended := is.Phase != order.PhasePending && is.Phase != order.PhaseExecuting; ended && is.Finished.IsZero() {
		t.Fatalf("%T ended an order that has no end", e)
	}
}
