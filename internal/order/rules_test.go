package order_test

import (
	"strings"
	"testing"
	"time"

	"didops/internal/approval"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/money"
	"didops/internal/order"
)

// company are Alice of sales, Bob, and Carol of finance, whom Dave stands in
// for; Erin is a head.
func company() []identity.Person {
	return []identity.Person{
		{Name: "Alice", IDs: map[string]string{"os": "alice", "discord": "1", "http": "alice-laptop"}, Roles: []string{"sales"}},
		{Name: "Bob", IDs: map[string]string{"os": "bob", "discord": "2"}},
		{Name: "Carol", IDs: map[string]string{"os": "carol"}, Roles: []string{"finance"}, Delegate: "Dave"},
		{Name: "Dave", IDs: map[string]string{"os": "dave"}},
		{Name: "Erin", IDs: map[string]string{"os": "erin"}, Roles: []string{"heads"}},
	}
}

func usd(amount string) approval.Price {
	return approval.Price{Amount: money.MustParse(amount), Currency: "USD"}
}

func ofRole(names ...string) []approval.Who {
	var list []approval.Who
	for _, name := range names {
		list = append(list, approval.Who{Role: name})
	}
	return list
}

// ruled puts rules into force, with what the policy says as the last one.
func ruled(p *order.Policy, rules ...approval.Rule) {
	if len(p.People) < 5 {
		p.People = company()
	}
	p.Rules = approval.Compile(approval.Config{
		Rules: rules, People: p.People, Currency: "USD", Roles: []approval.Role{{Name: "finance", Discord: []string{"77"}}},
		Settings: approval.Needs{Count: p.Needed, RequesterCounts: p.RequesterMayApprove, ExpiresAfter: p.ExpiresAfter},
	})
}

func large() approval.Rule {
	no := false
	return approval.Rule{Name: "large", Operations: []string{"did_purchase"}, Approvals: 2, Including: ofRole("finance"), RequesterCounts: &no}
}

func TestAnOrderUnderARule(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *harness) {
		t := w.t
		w.x.offer("9711")
		w.may(func(p *order.Policy) { ruled(p, large()) })
		d := w.engine("a")
		o := d.place(alice(), "purchase", "9711")
		if !strings.Contains(o.Message, "By rule “large”: 0 of 2 approvals; one of finance is missing.") || o.Approvals.Needed != 2 {
			t.Errorf("got %q and %+v", o.Message, o.Approvals)
		}
		wantFault(t, d.May(t.Context(), o.ID, alice()), fault.Forbidden, "another person")
		o = d.approve(shell("bob"), o)
		wantStates(t, o, "pending: waiting")
		o = d.approve(shell("erin"), o)
		wantStates(t, o, "pending: waiting")
		if !strings.Contains(o.Message, "2 of 2 approvals; one of finance is missing") || o.Approvals.Needed != 3 {
			t.Errorf("got %q and %+v", o.Message, o.Approvals)
		}
		x, err := d.Explain(t.Context(), o.ID, alice())
		if err != nil || strings.Join(x.Able, " ") != "Carol Dave others on this machine" {
			t.Errorf("got %q, %v who could act", x.Able, err)
		}
		o = d.approve(shell("carol"), o)
		wantStates(t, o, "done: done")
	})
}

// TestTheStricterOfTwoTimesApplies holds that what an order was asked under is
// joined with the rules of the present.
func TestTheStricterOfTwoTimesApplies(t *testing.T) {
	t.Parallel()
	plain := func(p *order.Policy) { p.Rules, p.People = nil, company() }
	strict := func(p *order.Policy) { ruled(p, large()) }
	refuse := func(p *order.Policy) {
		ruled(p, approval.Rule{Name: "stop", Refuse: true, Message: "Nothing is bought in December."})
	}
	for _, tt := range []struct {
		name      string
		then, now func(*order.Policy)
		by        []string
		want      string // of the last; "" = it is carried out
	}{
		{"a rule since", plain, strict, []string{"bob"}, "pending"},
		{"a rule no more", strict, plain, []string{"bob"}, "pending"},
		{"a rule no more, and all that it needed", strict, plain, []string{"bob", "carol"}, ""},
		{"refused since", plain, refuse, []string{"bob"}, `rule “stop” refuses this`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(w *harness) {
				t := w.t
				w.x.offer("9711")
				w.may(tt.then)
				d := w.engine("a")
				o := d.place(alice(), "purchase", "9711")
				w.may(tt.now)
				var err error
				for _, who := range tt.by {
					o, err = d.Decide(t.Context(), order.DecideRequest{Order: o.ID, Approve: true, By: shell(who)})
				}
				switch {
				case err != nil:
					wantFault(t, err, fault.Forbidden, tt.want, "December")
				case tt.want == "":
					wantStates(t, o, "done: done")
				default:
					wantStates(t, o, tt.want+": waiting")
				}
			})
		})
	}
}

func TestWhatARuleRefuses(t *testing.T) {
	t.Parallel()
	no := false
	for _, tt := range []struct {
		name string
		rule approval.Rule
		by   identity.Caller
		want []string
	}{
		{"by its words", approval.Rule{Name: "stop", Refuse: true, Message: "Ask the desk."}, alice(), []string{"approval.rules", "“stop”", "Ask the desk."}},
		{"because nobody could approve", approval.Rule{Name: "alone", Approvers: []approval.Who{{Person: "Alice"}}, RequesterCounts: &no}, alice(), []string{"nobody could approve", "“alone”", "of Alice"}},
		{"because nobody has a passkey", approval.Rule{Name: "key", Strength: identity.Passkey}, alice(), []string{"nobody could approve", "by passkey"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(w *harness) {
				t := w.t
				w.x.offer("9711")
				w.may(func(p *order.Policy) { ruled(p, tt.rule) })
				_, err := w.engine("a").Place(t.Context(), placement(tt.by, "purchase", "", "9711"))
				wantFault(t, err, fault.Forbidden, tt.want...)
			})
		})
	}
}

// TestWhoCountsByARule holds roles of people and of Discord, delegates, and to
// whom an order goes.
func TestWhoCountsByARule(t *testing.T) {
	t.Parallel()
	finance := approval.Rule{Name: "finance", Approvers: ofRole("finance"), EscalateAfter: 10 * time.Minute, EscalateTo: ofRole("heads")}
	member := discord("9")
	member.Principal.Groups = []string{"finance"}
	away := func(p *order.Policy) {
		p.People = company()
		p.People[2].Away = []identity.Period{{From: time.Now().Add(-time.Hour), Until: time.Now().Add(time.Hour)}}
	}
	none := func(*order.Policy) {}
	for _, tt := range []struct {
		name  string
		set   func(*order.Policy)
		after time.Duration
		by    identity.Caller
		want  bool
	}{
		{"one of finance", none, 0, shell("carol"), true},
		{"one of none", none, 0, shell("bob"), false},
		{"one of finance on Discord", discordApproves, 0, member, true},
		{"one of none on Discord", discordApproves, 0, discord("9"), false},
		{"who stands in", away, 0, shell("dave"), true},
		{"who would stand in", none, 0, shell("dave"), false},
		{"a head, too early", none, 10*time.Minute - time.Second, shell("erin"), false},
		{"a head, later", none, 10 * time.Minute, shell("erin"), true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(w *harness) {
				t := w.t
				w.x.offer("9711")
				w.may(tt.set)
				w.may(func(p *order.Policy) { ruled(p, finance) })
				d := w.engine("a")
				o := d.place(alice(), "purchase", "9711")
				time.Sleep(tt.after)
				o, err := d.Decide(t.Context(), order.DecideRequest{Order: o.ID, Approve: true, By: tt.by})
				if tt.want {
					if err != nil {
						t.Fatal(err)
					}
					wantStates(t, o, "done: done")
					return
				}
				wantFault(t, err, fault.Forbidden, "approval.rules", "“finance”", "finance")
			})
		})
	}
}

// TestADialogAndRules holds that a rule that wants a click, or another person,
// is not met by the requester's dialog.
func TestADialogAndRules(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		rule approval.Rule
		want bool
	}{
		"any":     {approval.Rule{Name: "any"}, true},
		"click":   {approval.Rule{Name: "click", Strength: identity.Click}, false},
		"another": {approval.Rule{Name: "another", Approvers: ofRole("finance")}, false},
		"his own": {approval.Rule{Name: "own", Approvers: ofRole("sales")}, true},
		"both":    {approval.Rule{Name: "both", Including: ofRole("sales", "finance")}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(w *harness) {
				t := w.t
				w.x.offer("9711")
				w.may(func(p *order.Policy) { ruled(p, tt.rule) })
				d := w.engine("a")
				by := asking(http("alice-laptop"))
				o := d.place(by, "purchase", "9711")
				if err := d.May(t.Context(), o.ID, by); (err == nil) != tt.want {
					t.Errorf("got %v, want it asked: %v", err, tt.want)
				}
			})
		})
	}
}

// TestTheMonthCounts holds that what waits and what was bought counts, of all
// that a person asked for wherever, and what came to nothing does not.
func TestTheMonthCounts(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *harness) {
		t := w.t
		w.x.offer("9711", "9712", "9713", "9714", "9715") // 3.00 each
		w.may(func(p *order.Policy) {
			ruled(p, approval.Rule{Name: "within", MaxMonthTotal: usd("9.00"), Operations: []string{"did_purchase"}}, large())
		})
		d := w.engine("a")
		rule := func(by identity.Caller, number string) (order.Order, string) {
			o := d.place(by, "purchase", number)
			return o, strings.Join(o.Approvals.Rules, " ")
		}
		first, _ := rule(alice(), "9711")
		d.approve(alice(), first)
		second, got := rule(asks(discord("1")), "9712")
		if got != "within" {
			t.Errorf("got rule %q at 6.00", got)
		}
		d.decide(shell("bob"), second, false)
		if _, got = rule(http("alice-laptop"), "9713"); got != "within" {
			t.Errorf("got rule %q at 6.00, one was rejected", got)
		}
		if _, got = rule(alice(), "9714"); got != "within" {
			t.Errorf("got rule %q at 9.00", got)
		}
		if _, got = rule(alice(), "9715"); got != "large" {
			t.Errorf("got rule %q at 12.00", got)
		}
	})
}

func TestHoles(t *testing.T) {
	t.Parallel()
	no := false
	for name, tt := range map[string]struct {
		rule approval.Rule
		set  func(*order.Policy)
		want string
	}{
		"one":                            {approval.Rule{Approvals: 1}, func(p *order.Policy) { only(p, "alice") }, ""},
		"one, not named":                 {approval.Rule{Approvals: 1}, func(p *order.Policy) { only(p, "mallory") }, ""},
		"two of one":                     {approval.Rule{Approvals: 2}, func(p *order.Policy) { only(p, "alice") }, "2 approvals"},
		"two of many":                    {approval.Rule{Approvals: 2}, shared, ""},
		"a role that nobody here has":    {approval.Rule{Approvers: ofRole("finance")}, func(p *order.Policy) { only(p, "alice") }, "of finance"},
		"a role of Discord":              {approval.Rule{Approvers: ofRole("finance")}, func(p *order.Policy) { only(p, "alice"); discordApproves(p) }, ""},
		"a role that Discord has not":    {approval.Rule{Approvers: ofRole("heads")}, func(p *order.Policy) { only(p, "alice"); discordApproves(p) }, "of heads"},
		"only the requester":             {approval.Rule{Approvers: ofRole("sales"), Requesters: ofRole("sales"), RequesterCounts: &no}, shared, "of sales"},
		"a passkey without the page":     {approval.Rule{Strength: identity.Passkey}, shared, "by passkey"},
		"a passkey with the page":        {approval.Rule{Strength: identity.Passkey, Including: ofRole("finance")}, page, ""},
		"an operation that there is not": {approval.Rule{Operations: []string{"did_purchas"}}, shared, "did you mean did_purchase"},
		"amounts of what costs nothing":  {approval.Rule{Operations: []string{"did_update"}, MaxMonthlyFee: usd("1")}, shared, "never reached"},
		"refused":                        {approval.Rule{Refuse: true, Approvals: 9}, func(p *order.Policy) { only(p, "alice") }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := usual()
			p.Needed = 1
			tt.set(&p)
			tt.rule.Name = "it"
			p.People = company()
			for i := range p.People {
				p.People[i].IDs["web"] = p.People[i].Name
			}
			ruled(&p, tt.rule)
			got := p.Holes(time.Now(), []string{"did_purchase", "did_update"}, []string{"did_purchase"})
			switch {
			case tt.want == "" && len(got) > 0:
				t.Errorf("got %+v", got)
			case tt.want != "" && (len(got) != 1 || !strings.Contains(got[0].Message, tt.want)):
				t.Errorf("got %+v, want one of %q", got, tt.want)
			}
		})
	}
}

// page opens the page for approvals.
func page(p *order.Policy) {
	inRealm(p, identity.Web, func(r *order.RealmPolicy) { r.Approves, r.Shared = true, true })
}

// TestNobodyIsThere holds when too few are there, because of who is away.
func TestNobodyIsThere(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	p := usual()
	p.People = company()
	day := func(n int) time.Time { return now.AddDate(0, 0, n) }
	p.People[2].Away = []identity.Period{{From: day(1), Until: day(9)}}
	p.People[3].Away = []identity.Period{{From: day(3), Until: day(5)}}
	only(&p, "carol")
	shared(&p)
	ruled(&p, approval.Rule{Name: "finance", Approvers: ofRole("finance")}, approval.Rule{Name: "any"})
	got := p.Reachable(now, 30)
	if len(got) != 2 || len(got[0].Empty) != 1 || !got[0].Empty[0].From.Equal(day(3)) || !got[0].Empty[0].Until.Equal(day(5)) || len(got[1].Empty) > 0 {
		t.Errorf("got %+v, want nobody of finance from day 3 to day 5", got)
	}
}
