package order_test

import (
	"strings"
	"testing"
	"time"

	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/money"
	"didops/internal/order"
)

// TestLimits holds the edge of every limit: what is equal is allowed, a cent
// more is not. Two numbers at 1.00 + 2.00 come to 6.00.
func TestLimits(t *testing.T) {
	t.Parallel()
	unstated := func(x *exchange, change func(*number)) { x.set("9711", change) }
	for _, tt := range []struct {
		name  string
		limit func(*order.Policy)
		with  func(*exchange)
		field string // the limit that refuses it; "" = allowed
	}{
		{"none", func(*order.Policy) {}, nil, ""},
		{"month equal", func(p *order.Policy) { p.MaxMonthlyFee = money.MustParse("2.00") }, nil, ""},
		{"month equal, spelled otherwise", func(p *order.Policy) { p.MaxMonthlyFee = money.MustParse("2") }, nil, ""},
		{"month over", func(p *order.Policy) { p.MaxMonthlyFee = money.MustParse("1.99") }, nil, "limits.max_monthly_fee"},
		{"month nothing", func(p *order.Policy) { p.MaxMonthlyFee = money.MustParse("0") }, nil, "limits.max_monthly_fee"},
		{"set-up equal", func(p *order.Policy) { p.MaxSetupFee = money.MustParse("1.00") }, nil, ""},
		{"set-up over", func(p *order.Policy) { p.MaxSetupFee = money.MustParse("0.99") }, nil, "limits.max_setup_fee"},
		{"order equal", func(p *order.Policy) { p.MaxOrderTotal = money.MustParse("6.00") }, nil, ""},
		{"order over", func(p *order.Policy) { p.MaxOrderTotal = money.MustParse("5.99") }, nil, "limits.max_order_total"},
		{"day equal", func(p *order.Policy) { p.MaxDayTotal = money.MustParse("6.00") }, nil, ""},
		{"day over", func(p *order.Policy) { p.MaxDayTotal = money.MustParse("5.99") }, nil, "limits.max_day_total"},
		{"numbers equal", func(p *order.Policy) { p.MaxNumbersPerOrder = 2 }, nil, ""},
		{"numbers over", func(p *order.Policy) { p.MaxNumbersPerOrder = 1 }, nil, "limits.max_numbers_per_order"},
		{"numbers unlimited", func(p *order.Policy) { p.MaxNumbersPerOrder = 0 }, nil, ""},
		{"country allowed", func(p *order.Policy) { p.Countries = []string{"DE", "AE"} }, nil, ""},
		{"country not allowed", func(p *order.Policy) { p.Countries = []string{"DE"} }, nil, "limits.countries"},
		{"country not stated", func(p *order.Policy) { p.Countries = []string{"AE"} }, func(x *exchange) { unstated(x, func(n *number) { n.country = "" }) }, "limits.countries"},
		{"month not stated, no limit", func(*order.Policy) {}, func(x *exchange) { unstated(x, func(n *number) { n.monthly = "" }) }, ""},
		{"month not stated", func(p *order.Policy) { p.MaxMonthlyFee = money.MustParse("99") }, func(x *exchange) { unstated(x, func(n *number) { n.monthly = "" }) }, "limits.max_monthly_fee"},
		{"set-up not stated", func(p *order.Policy) { p.MaxSetupFee = money.MustParse("99") }, func(x *exchange) { unstated(x, func(n *number) { n.setup = "" }) }, "limits.max_setup_fee"},
		{"due not known", func(p *order.Policy) { p.MaxOrderTotal = money.MustParse("99") }, func(x *exchange) { unstated(x, func(n *number) { n.setup = "" }) }, "limits.max_order_total"},
		{"due not known, of the day", func(p *order.Policy) { p.MaxDayTotal = money.MustParse("99") }, func(x *exchange) { unstated(x, func(n *number) { n.setup = "" }) }, "limits.max_day_total"},
		{"huge", func(p *order.Policy) { p.MaxOrderTotal = money.MustParse("99999999999999.99") }, func(x *exchange) { unstated(x, func(n *number) { n.setup = "99999999999999.99" }) }, "limits.max_order_total"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(w *harness) {
				t := w.t
				w.x.offer("9711", "9712")
				if tt.with != nil {
					tt.with(w.x)
				}
				d := w.engine("a")
				w.may(tt.limit)
				o, err := d.Place(t.Context(), placement(alice(), "purchase", "", "9711", "9712"))
				if tt.field == "" {
					if err != nil {
						t.Fatal(err)
					}
					wantStates(t, d.approve(alice(), o), "done: done done")
					return
				}
				wantFault(t, err, fault.Forbidden, tt.field)
				if got := w.x.count(&w.x.quotes); (got == 0) != (tt.field == "limits.max_numbers_per_order") {
					t.Errorf("got %d quotes", got)
				}
				// The same limit, set after the order was placed.
				w.may(func(p *order.Policy) { p.Limits = usual().Limits })
				o = d.place(alice(), "purchase", "9711", "9712")
				w.may(tt.limit)
				_, err = d.Decide(t.Context(), order.DecideRequest{Order: o.ID, Approve: true, By: alice()})
				wantFault(t, err, fault.Forbidden, tt.field)
				wantSends(t, w.x, "", 0)
				wantStates(t, d.see(alice(), o), "pending: waiting waiting")
			})
		})
	}
}

// TestAmountsThatCanNotBeTrue holds that a seller's amount can't make an order
// that is never read again.
func TestAmountsThatCanNotBeTrue(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *harness) {
		t := w.t
		w.x.offer("9711", "9712")
		w.x.set("9711", func(n *number) { n.setup, n.monthly = "999999999999999.999999999", "0.000000001" })
		d := w.engine("a")
		_, err := d.Place(t.Context(), placement(alice(), "purchase", "", "9711"))
		wantFault(t, err, fault.Invalid, "can't be true")
		d.approve(alice(), d.place(alice(), "purchase", "9712"))
		w.x.set("9711", func(n *number) { n.setup, n.monthly = "999999999999999", "0" })
		d.see(alice(), d.place(alice(), "purchase", "9711"))
	})
}

// TestLimitsAtTheSend holds that the limits of one number are checked once
// more right before it is sent.
func TestLimitsAtTheSend(t *testing.T) {
	t.Parallel()
	for name, tighten := range map[string]func(*order.Policy){
		"month":   func(p *order.Policy) { p.MaxMonthlyFee = money.MustParse("1.99") },
		"set-up":  func(p *order.Policy) { p.MaxSetupFee = money.MustParse("0.99") },
		"country": func(p *order.Policy) { p.Countries = []string{"DE"} },
	} {
		bubble(t, func(w *harness) {
			t := w.t
			w.x.offer("9711")
			d := w.engine("a")
			o := d.place(alice(), "purchase", "9711")
			w.x.onAgain = func(string) { w.may(tighten) }
			wantStates(t, d.approve(alice(), o), "failed: failed")
			if got := len(w.x.sentOf("")); got != 0 {
				t.Errorf("%s: got %d sends", name, got)
			}
		})
	}
}

func TestLimitsBindPurchasesOnly(t *testing.T) {
	t.Parallel()
	bubble(t, func(w *harness) {
		t := w.t
		w.x.own("9711", "9712")
		w.may(func(p *order.Policy) {
			zero := money.MustParse("0")
			p.MaxMonthlyFee, p.MaxSetupFee, p.MaxOrderTotal, p.MaxDayTotal, p.Countries = zero, zero, zero, zero, []string{"DE"}
		})
		d := w.engine("a")
		wantStates(t, d.approve(alice(), d.place(alice(), "update", "9711")), "done: done")
		wantStates(t, d.approve(alice(), d.place(alice(), "unsubscribe", "9712")), "done: done")
	})
}

// TestTheDayIsCounted follows a day's total through what becomes of lines:
// released when they fail, kept while they are unknown, of the UTC day of the
// approval.
func TestTheDayIsCounted(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *harness) {
		t := w.t
		w.set.Store(int64(23 * time.Hour)) // of the first day, which begins at midnight
		w.may(func(p *order.Policy) { p.MaxDayTotal = money.MustParse("6.00") })
		w.x.offer("9711", "9712", "9713", "9714", "9715")
		d := w.engine("a")
		full := func(digits string) {
			t.Helper()
			_, err := d.Place(t.Context(), placement(alice(), "purchase", "", digits))
			wantFault(t, err, fault.Forbidden, "limits.max_day_total")
		}
		d.approve(alice(), d.place(alice(), "purchase", "9711")) // 3.00
		w.x.will("9712", fate{answer: refuse})
		wantStates(t, d.approve(alice(), d.place(alice(), "purchase", "9712")), "failed: failed") // released
		w.x.set("9713", func(*number) { w.x.blind["9713"] = true })
		w.x.will("9713", fate{answer: lost, undone: true})
		unknown := d.approve(alice(), d.place(alice(), "purchase", "9713")) // 6.00
		wantStates(t, unknown, "unknown: unknown")
		full("9714")
		w.x.set("9713", func(*number) { delete(w.x.blind, "9713") })
		time.Sleep(15 * time.Minute)
		wantStates(t, d.see(alice(), unknown), "failed: failed") // released

		waits, other := d.place(alice(), "purchase", "9714"), d.place(shell("bob"), "purchase", "9715")
		d.approve(alice(), waits) // 6.00: what was within the limit when it was asked for is not any more
		_, err := d.Decide(t.Context(), order.DecideRequest{Order: other.ID, Approve: true, By: alice()})
		wantFault(t, err, fault.Forbidden, "limits.max_day_total")
		full("9712")
		midnight := w.now().UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
		time.Sleep(midnight.Sub(w.now()) - time.Second)
		full("9712")
		time.Sleep(time.Second)
		d.approve(alice(), d.place(alice(), "purchase", "9712"))
	})
}

func TestNumbersGivenUpInADay(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *harness) {
		t := w.t
		w.may(func(p *order.Policy) { p.PerDay = givenUpPerDay(3) })
		w.x.own("9711", "9712", "9713", "9714", "9715")
		d := w.engine("a")
		_, err := d.Place(t.Context(), placement(alice(), "unsubscribe", "", "9711", "9712", "9713", "9714"))
		wantFault(t, err, fault.Forbidden, "max_unsubscribes_per_day")
		one := d.place(shell("bob"), "unsubscribe", "9714")
		d.approve(alice(), d.place(alice(), "update", "9715")) // does not count
		d.approve(alice(), d.place(alice(), "unsubscribe", "9711", "9712", "9713"))
		_, err = d.Decide(t.Context(), order.DecideRequest{Order: one.ID, Approve: true, By: alice()})
		wantFault(t, err, fault.Forbidden, "max_unsubscribes_per_day")
		wantSends(t, w.x, "9714", 0)
	})
}

// TestWhoMayApprove is the table of who counts for whom. Alice and Bob are
// joined across surfaces; carol, discord:3 and http:team are nobody's.
func TestWhoMayApprove(t *testing.T) {
	t.Parallel()
	low := shell("alice")
	low.Principal.Role = identity.Requester
	for _, tt := range []struct {
		name     string
		policy   func(*order.Policy)
		asks, by identity.Caller
		code     fault.Code // "" = it counts
		words    string
	}{
		{"the requester, who may", nil, alice(), alice(), "", ""},
		{"another on the surface", nil, alice(), shell("carol"), "", ""},
		{"another surface, unknown person", nil, http("team"), discord("3"), "", ""},
		{"without the role", nil, alice(), low, fault.Forbidden, "approver"},
		{"over MCP without a dialog", nil, http("team"), http("team"), fault.Forbidden, "elicitation"},
		{"over MCP, an approver's role", nil, alice(), identity.Caller{Frontend: identity.FrontMCP, Principal: alice().Principal}, fault.Forbidden, "elicitation"},
		{"the terminal is closed", func(p *order.Policy) { atTerminal(p, false) }, asking(http("team")), alice(), fault.Forbidden, "approval.terminal"},
		{"the terminal is closed, Discord is not", func(p *order.Policy) { atTerminal(p, false) }, asking(http("team")), discord("2"), "", ""},

		{"not the requester", mustBeOther, alice(), alice(), fault.Forbidden, "requester_may_approve"},
		{"not the requester elsewhere", mustBeOther, alice(), discord("1"), fault.Forbidden, "requester_may_approve"},
		{"not the requester, http joined", mustBeOther, http("alice-laptop"), alice(), fault.Forbidden, "requester_may_approve"},
		{"another on the same surface", mustBeOther, alice(), shell("bob"), "", ""},
		{"another who is nobody's, same surface", mustBeOther, alice(), shell("carol"), "", ""},
		{"another elsewhere, both joined", mustBeOther, alice(), discord("2"), "", ""},
		{"another elsewhere, who can't be told", mustBeOther, alice(), discord("3"), fault.Forbidden, "[[people]]"},
		{"an id in other letters is no other person", mustBeOther, alice(), shell("Alice"), fault.Forbidden, "requester_may_approve"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(w *harness) {
				t := w.t
				w.x.offer("9711")
				d := w.engine("a")
				if tt.policy != nil {
					w.may(tt.policy)
				}
				o := d.place(tt.asks, "purchase", "9711")
				may := d.May(t.Context(), o.ID, tt.by)
				_, err := d.Decide(t.Context(), order.DecideRequest{Order: o.ID, Approve: true, By: tt.by})
				if tt.code == "" {
					if may != nil || err != nil {
						t.Fatalf("got %v, %v, want it to count", may, err)
					}
					wantSends(t, w.x, "", 1)
					return
				}
				wantFault(t, may, tt.code, tt.words)
				wantFault(t, err, tt.code, tt.words)
				wantSends(t, w.x, "", 0)
				if got := d.see(alice(), o); got.State != order.Pending || len(got.DecidedBy) > 0 {
					t.Errorf("got %s, decided by %v", got.State, got.DecidedBy)
				}
			})
		})
	}
}

func mustBeOther(p *order.Policy) { p.RequesterMayApprove = false }

func TestSeveralApprovals(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		needed int
		by     []identity.Caller
		last   fault.Code // of the last; "" = it counts
		state  order.State
	}{
		{"one of two", 2, []identity.Caller{alice()}, "", order.Pending},
		{"two of two", 2, []identity.Caller{alice(), shell("bob")}, "", order.Completed},
		{"twice the same", 2, []identity.Caller{alice(), alice()}, fault.Conflict, order.Pending},
		{"the same elsewhere", 2, []identity.Caller{alice(), discord("1")}, fault.Conflict, order.Pending},
		{"another elsewhere, joined", 2, []identity.Caller{alice(), discord("2")}, "", order.Completed},
		{"another elsewhere, not joined", 2, []identity.Caller{alice(), discord("3")}, fault.Forbidden, order.Pending},
		{"two of three", 3, []identity.Caller{alice(), shell("bob")}, "", order.Pending},
		{"three of three", 3, []identity.Caller{alice(), shell("bob"), shell("carol")}, "", order.Completed},
		{"three of three over two surfaces", 3, []identity.Caller{alice(), discord("2"), shell("bob")}, fault.Conflict, order.Pending},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			onEveryStore(t, func(w *harness) {
				t := w.t
				w.x.offer("9711")
				w.may(func(p *order.Policy) { p.Needed = tt.needed })
				d := w.engine("a")
				o := d.place(http("team"), "purchase", "9711")
				for i, by := range tt.by {
					_, err := d.Decide(t.Context(), order.DecideRequest{Order: o.ID, Approve: true, By: by})
					if last := i == len(tt.by)-1; last && tt.last != "" {
						wantFault(t, err, tt.last)
					} else if err != nil {
						t.Fatal(err)
					}
				}
				if got := d.see(alice(), o); got.State != tt.state {
					t.Errorf("got %s, want %s", got.State, tt.state)
				}
				want := 0
				if tt.state == order.Completed {
					want = 1
				}
				wantSends(t, w.x, "", want)
			})
		})
	}
}

// TestThinkingAgain holds that who has approved one of several may still say
// no.
func TestThinkingAgain(t *testing.T) {
	t.Parallel()
	bubble(t, func(w *harness) {
		t := w.t
		w.x.offer("9711")
		w.may(func(p *order.Policy) { p.Needed = 2 })
		d := w.engine("a")
		o := d.place(http("team"), "purchase", "9711")
		d.approve(alice(), o)
		if got := d.decide(alice(), o, false); got.State != order.Rejected || len(got.DecidedBy) != 2 {
			t.Errorf("got %s, decided by %v", got.State, got.DecidedBy)
		}
	})
}

// TestTheStricterRulesApply changes the rules between the request and the
// decision, both ways.
func TestTheStricterRulesApply(t *testing.T) {
	t.Parallel()
	two := func(p *order.Policy) { p.Needed = 2 }
	one := func(p *order.Policy) {
		atTerminal(p, true)
		p.Needed, p.RequesterMayApprove, p.Elicitation = 1, true, order.ElicitEverything
	}
	closed := func(p *order.Policy) { atTerminal(p, false) }
	off := func(p *order.Policy) { p.Elicitation = order.ElicitNothing }
	less := func(p *order.Policy) { p.ElicitationLimit = money.MustParse("2.99") }
	dialog := asking(alice())
	for _, tt := range []struct {
		name        string
		asked, then func(*order.Policy)
		by          identity.Caller
		want        order.State
	}{
		{"nothing changes", one, one, alice(), order.Completed},
		{"asked for two, then one", two, one, alice(), order.Pending},
		{"asked for one, then two", one, two, alice(), order.Pending},
		{"asked for two, then one, in a dialog", two, one, dialog, order.Pending},
		{"the requester might not, then may", mustBeOther, one, alice(), order.Pending},
		{"the requester might, then may not", one, mustBeOther, alice(), order.Pending},
		{"the terminal was closed, then open", closed, one, alice(), order.Pending},
		{"the terminal was open, then closed", one, closed, alice(), order.Pending},
		{"dialogs were on, then on", one, one, dialog, order.Completed},
		{"dialogs were off, then on", off, one, dialog, order.Pending},
		{"dialogs were on, then off", one, off, dialog, order.Pending},
		{"dialogs had a lower limit", less, one, dialog, order.Pending},
		{"dialogs have a lower limit", func(p *order.Policy) { p.Elicitation = order.ElicitWithinLimit }, less, dialog, order.Pending},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			onEveryStore(t, func(w *harness) {
				t := w.t
				w.x.offer("9711")
				d := w.engine("a")
				w.may(tt.asked)
				o := d.place(dialog, "purchase", "9711")
				w.may(func(p *order.Policy) { *p = usual() })
				w.may(tt.then)
				_, _ = d.Decide(t.Context(), order.DecideRequest{Order: o.ID, Approve: true, By: tt.by})
				got := d.see(alice(), o)
				if got.State != tt.want {
					t.Errorf("got %s, want %s", got.State, tt.want)
				}
				if counted := len(got.DecidedBy) > 0; counted && tt.want == order.Pending && tt.by.Frontend == identity.FrontMCP {
					t.Errorf("a dialog was counted: %+v", got.DecidedBy)
				}
			})
		})
	}
}

// TestAnApprovalThatDoesNotCountAnyMore tightens the rules between two
// approvals: the first, by the requester, is not enough of a second person.
func TestAnApprovalThatDoesNotCountAnyMore(t *testing.T) {
	t.Parallel()
	for name, tighten := range map[string]func(*order.Policy){
		"the requester may not approve any more": mustBeOther,
		"two turn out to be one": func(p *order.Policy) {
			p.People = []identity.Person{{Name: "Alice", IDs: map[string]string{"os": "alice"}}, {Name: "Both", IDs: map[string]string{"os": "bob", "discord": "2"}}}
			p.RequesterMayApprove = false
		},
	} {
		bubble(t, func(w *harness) {
			t := w.t
			w.x.offer("9711")
			w.may(func(p *order.Policy) { p.Needed = 2 })
			d := w.engine("a")
			o := d.place(alice(), "purchase", "9711")
			d.approve(alice(), o)
			w.may(tighten)
			if got := d.approve(shell("bob"), o); got.State != order.Pending {
				t.Errorf("%s: got %s after one approval of another person", name, got.State)
			}
			wantStates(t, d.approve(shell("carol"), o), "done: done")
		})
	}
}

// TestWhatADialogMayApprove is the table of the dialogs of MCP clients. A
// purchase comes to 3.00.
func TestWhatADialogMayApprove(t *testing.T) {
	t.Parallel()
	set := func(e order.Elicitation, one, day string) func(*order.Policy) {
		return func(p *order.Policy) {
			p.Elicitation, p.ElicitationLimit, p.ElicitationDayLimit = e, amount(one), amount(day)
		}
	}
	me := asking(http("team"))
	mute := http("team")
	other := asking(http("other"))
	for _, tt := range []struct {
		name   string
		policy func(*order.Policy)
		kind   string
		by     identity.Caller
		words  string // of why not; "" = it may
	}{
		{"within the limit", set(order.ElicitWithinLimit, "20", "100"), "purchase", me, ""},
		{"at the limit", set(order.ElicitWithinLimit, "3.00", "3.00"), "purchase", me, ""},
		{"a cent over the limit", set(order.ElicitWithinLimit, "2.99", "100"), "purchase", me, "elicitation_limit"},
		{"a cent over the day's", set(order.ElicitWithinLimit, "3.00", "2.99"), "purchase", me, "elicitation_day_limit"},
		{"no limits", set(order.ElicitWithinLimit, "", ""), "purchase", me, ""},
		{"off", set(order.ElicitNothing, "20", "100"), "purchase", me, "elicitation"},
		{"re-routing within the limit", set(order.ElicitWithinLimit, "20", "100"), "update", me, "only purchases"},
		{"giving up within the limit", set(order.ElicitWithinLimit, "20", "100"), "unsubscribe", me, "only purchases"},
		{"on: a purchase", set(order.ElicitEverything, "0", "0"), "purchase", me, ""},
		{"on: re-routing", set(order.ElicitEverything, "0", "0"), "update", me, ""},
		{"on: giving up", set(order.ElicitEverything, "0", "0"), "unsubscribe", me, ""},
		{"a client that may not ask", set(order.ElicitEverything, "20", "100"), "purchase", mute, "this client"},
		{"not the requester", set(order.ElicitEverything, "20", "100"), "purchase", asking(alice()), "only the requester"},
		{"another client, which sees nothing", set(order.ElicitEverything, "20", "100"), "purchase", other, "there is no order"},
		{"the requester may not approve", func(p *order.Policy) {
			mustBeOther(p)
			p.People = append(p.People, identity.Person{Name: "Team", IDs: map[string]string{"http": "team"}})
		}, "purchase", me, "requester may not"},
		{"two are needed", func(p *order.Policy) { p.Needed = 2 }, "purchase", me, "approvals_needed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(w *harness) {
				t := w.t
				w.x.own("9711")
				if tt.kind == "purchase" {
					w.x.set("9711", func(n *number) { n.owner = "" })
				}
				d := w.engine("a")
				w.may(tt.policy)
				o := d.place(me, tt.kind, "9711")
				for _, yes := range []bool{false, true} { // a no is no more than a yes
					if !yes && tt.words == "" {
						continue
					}
					o, err := d.Decide(t.Context(), order.DecideRequest{Order: o.ID, Approve: yes, By: tt.by})
					if tt.words == "" {
						if err != nil || o.State != order.Completed {
							t.Errorf("got %s %v, want done", o.State, err)
						}
						return
					}
					if f, ok := fault.As(err); !ok || !strings.Contains(f.Message+f.Field, tt.words) {
						t.Errorf("got %v, want %q", err, tt.words)
					}
				}
				wantSends(t, w.x, "", 0)
			})
		})
	}
}

// TestADialogsDay holds that a client which answers every dialog by itself
// meets the limit of the day, whatever other surfaces approve.
func TestADialogsDay(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *harness) {
		t := w.t
		numbers := []string{"9711", "9712", "9713", "9714", "9715", "9716"}
		w.x.offer(numbers...)
		w.may(func(p *order.Policy) { p.ElicitationDayLimit = money.MustParse("7.00") })
		d := w.engine("a")
		approved := 0
		d.approve(shell("bob"), d.place(alice(), "purchase", numbers[0])) // does not count
		for i, digits := range numbers[1:] {
			me := asking(http([]string{"team", "other"}[i%2]))
			o := d.place(me, "purchase", digits)
			if _, err := d.Decide(t.Context(), order.DecideRequest{Order: o.ID, Approve: true, By: me}); err == nil {
				approved++
			} else {
				wantFault(t, err, fault.Forbidden, "elicitation_day_limit")
			}
		}
		if approved != 2 {
			t.Errorf("dialogs approved %d purchases of 3.00 under a limit of 7.00 a day, want 2", approved)
		}
	})
}

// TestNobodyCouldApprove holds that such a request is refused before anybody
// is bothered, with the setting to change.
func TestNobodyCouldApprove(t *testing.T) {
	t.Parallel()
	closed := func(p *order.Policy) { atTerminal(p, false); p.Elicitation = order.ElicitNothing }
	for _, tt := range []struct {
		name   string
		policy func(*order.Policy)
		by     identity.Caller
		words  string // "" = somebody could
	}{
		{"the terminal", func(p *order.Policy) { p.Elicitation = order.ElicitNothing }, http("team"), ""},
		{"nothing is open", closed, alice(), "approval.terminal"},
		{"only dialogs, and the client has one", func(p *order.Policy) { atTerminal(p, false) }, asking(http("team")), ""},
		{"only dialogs, and the client has none", func(p *order.Policy) { atTerminal(p, false) }, http("team"), "approval.terminal"},
		{"only dialogs, and it is over their limit", func(p *order.Policy) { atTerminal(p, false); p.ElicitationLimit = money.MustParse("1") }, asking(http("team")), "approval.terminal"},
		{"only dialogs, and two are needed", func(p *order.Policy) { atTerminal(p, false); p.Needed = 2 }, asking(http("team")), "approval.terminal"},
		{"another person, on the machine", mustBeOther, alice(), ""},
		{"another person, and the requester is nobody's", mustBeOther, http("team"), "people"},
		{"another person, and there is one", mustBeOther, http("alice-laptop"), ""},
		{"another person, and the client is nobody's in these letters", mustBeOther, http("Alice-Laptop"), "people"},
		{"another person, who can't open the store", func(p *order.Policy) { mustBeOther(p); only(p, "alice") }, alice(), "people"},
		{"another person, whose store it is", func(p *order.Policy) { mustBeOther(p); only(p, "Bob") }, http("alice-laptop"), ""},
		{"another person on Discord, and the requester is nobody's", func(p *order.Policy) { mustBeOther(p); only(p, "carol"); discordApproves(p) }, shell("carol"), "people"},
		{"two persons, of whom one can't open the store", func(p *order.Policy) { p.Needed = 2; only(p, "alice") }, alice(), "people"},
		{"two others, and there is one", func(p *order.Policy) { mustBeOther(p); p.Needed = 2 }, http("alice-laptop"), "people"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(w *harness) {
				t := w.t
				w.x.offer("9711")
				d := w.engine("a")
				w.may(tt.policy)
				_, err := d.Place(t.Context(), placement(tt.by, "purchase", "", "9711"))
				if tt.words == "" {
					if err != nil {
						t.Error(err)
					}
					return
				}
				wantFault(t, err, fault.Forbidden, "nobody could approve", tt.words)
				if list := w.memory.all(); len(list) > 0 {
					t.Errorf("got orders %v, want none", list)
				}
				if list := trail(t, w.store, ""); len(list) != 1 || list[0].Event != "request refused" {
					t.Errorf("got trail %+v, want the refusal", list)
				}
			})
		})
	}
}

func TestARefusalIsAuditedOncePerMinute(t *testing.T) {
	t.Parallel()
	bubble(t, func(w *harness) {
		t := w.t
		w.x.offer("9711")
		w.may(func(p *order.Policy) { p.MaxOrderTotal = money.MustParse("1") })
		d := w.engine("a")
		for range 10 {
			_, err := d.Place(t.Context(), placement(alice(), "purchase", "", "9711"))
			wantFault(t, err, fault.Forbidden, "max_order_total")
		}
		time.Sleep(time.Minute)
		_, _ = d.Place(t.Context(), placement(alice(), "purchase", "", "9711"))
		_, _ = d.Place(t.Context(), placement(alice(), "purchase", "", ""))
		if list := trail(t, w.store, ""); len(list) != 2 {
			t.Errorf("got %d entries, want 2: %+v", len(list), list)
		}
	})
}

// TestWhoMayReject holds that every approver may say no, where approvals are
// closed too, and nobody else.
func TestWhoMayReject(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		by   identity.Caller
		may  bool
	}{
		{"an approver in the terminal", shell("bob"), true},
		{"the requester, who may not approve", alice(), true},
		{"an approver on Discord, who can't be told", discord("3"), true},
		{"in the terminal without the role", asks(shell("bob")), false},
		{"over HTTP without a dialog", http("alice-laptop"), false},
		{"over HTTP with a dialog that does not count", asking(http("alice-laptop")), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(w *harness) {
				w.x.offer("9711")
				w.may(mustBeOther)
				d := w.engine("a")
				o := d.place(alice(), "purchase", "9711")
				w.may(func(p *order.Policy) { atTerminal(p, false) })
				_, err := d.Decide(w.t.Context(), order.DecideRequest{Order: o.ID, By: tt.by})
				if (err == nil) != tt.may {
					w.t.Errorf("got %v", err)
				}
				if got := d.see(alice(), o).State; (got == order.Rejected) != tt.may {
					w.t.Errorf("got %s", got)
				}
			})
		})
	}
}

// TestWaysToApprove holds that a person is told of the ways that exist, and of
// no other.
func TestWaysToApprove(t *testing.T) {
	t.Parallel()
	const terminal, button, typed, dialog, nobody = "order approve o-", "press the button", "/order approve id:o-", "dialog of the assistant", "Nobody can"
	mine := func(p *order.Policy) { only(p, "alice") }
	bots := func(p *order.Policy) { mine(p); discordApproves(p) }
	for _, tt := range []struct {
		name       string
		asked, now func(*order.Policy)
		by         identity.Caller
		want       []string
	}{
		{"the terminal", mine, nil, alice(), []string{terminal}},
		{"Discord, where there is no card", bots, nil, http("team"), []string{terminal, typed}},
		{"Discord, where it was asked for", bots, nil, asks(discord("3")), []string{terminal, button}},
		{"Discord, where every order has a card", func(p *order.Policy) { bots(p); cards(p) }, nil, http("team"), []string{terminal, button}},
		{"another than who comes to the terminal", func(p *order.Policy) { bots(p); mustBeOther(p) }, nil, alice(), []string{typed}},
		{"another than the same person elsewhere", func(p *order.Policy) { bots(p); mustBeOther(p) }, nil, http("alice-laptop"), []string{typed}},
		{"another, and others come to the terminal", func(p *order.Policy) { bots(p); mustBeOther(p); shared(p) }, nil, alice(), []string{terminal, typed}},
		{"a dialog", func(p *order.Policy) { atTerminal(p, false) }, nil, asking(http("team")), []string{dialog}},
		{"nobody any more", mine, mustBeOther, alice(), []string{nobody}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(w *harness) {
				t := w.t
				w.x.offer("9711")
				w.may(tt.asked)
				d := w.engine("a")
				o := d.place(tt.by, "purchase", "9711")
				if tt.now != nil {
					w.may(tt.now)
					o = d.see(tt.by, o)
				}
				own, no := 1, "order reject "+o.ID // a sentence of its own, where none says it with the approval
				if tt.want[0] == terminal {
					own, no = 0, "order approve "+o.ID+" (or reject, to say no)"
				}
				if len(o.ApproveAt) != len(tt.want)+own || strings.Count(strings.Join(o.ApproveAt, " "), no) != 1 || strings.Count(strings.Join(o.ApproveAt, " "), "say no") != 1 {
					t.Fatalf("got %q, want %q and how to say no", o.ApproveAt, tt.want)
				}
				for i, want := range tt.want {
					if got := o.ApproveAt[i]; !strings.Contains(got, want) || strings.Contains(got, "/order") != (want == typed) {
						t.Errorf("got %q, want %q", got, want)
					}
				}
			})
		})
	}
}
