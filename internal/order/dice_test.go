package order_test

import (
	"fmt"
	"math/rand/v2"
	"time"

	"didops/internal/approval"
	"didops/internal/identity"
	"didops/internal/money"
	"didops/internal/order"
	"didops/internal/risk"
)

// dice draws rules and orders. It is fast, where a million are wanted.
type dice struct{ *rand.Rand }

func pick[T any](d dice, values ...T) T { return values[d.IntN(len(values))] }

// seldom returns nothing most of the time.
func seldom[T any](d dice, values ...T) T {
	var none T
	if d.IntN(4) > 0 {
		return none
	}
	return pick(d, values...)
}

func (d dice) some(values ...approval.Who) []approval.Who {
	var list []approval.Who
	for _, v := range values {
		if d.IntN(4) == 0 {
			list = append(list, v)
		}
	}
	return list
}

// week is in which orders are asked for: the end of a month is in it.
func week() time.Time { return time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC) }

// people are those of a company, of whom some are away and others stand in.
func (d dice) people() []identity.Person {
	list := company()
	for i := range list {
		list[i].Delegate = ""
		if d.IntN(3) > 0 {
			continue
		}
		from := week().Add(time.Duration(d.IntN(7*24)) * time.Hour)
		list[i].Away = []identity.Period{{From: from, Until: from.Add(time.Duration(1+d.IntN(96)) * time.Hour)}}
		if i > 0 {
			list[i].Delegate = list[d.IntN(i)].Name // of those before, so that none goes round
		}
	}
	return list
}

func (d dice) policy() order.Policy {
	p := usual()
	p.People, p.Needed, p.RequesterMayApprove = d.people(), 1+d.IntN(2), d.IntN(2) == 0
	p.Elicitation = pick(d, order.ElicitNothing, order.ElicitWithinLimit, order.ElicitEverything)
	discordApproves(&p)
	if d.IntN(2) == 0 {
		inRealm(&p, identity.Web, func(r *order.RealmPolicy) { r.Approves, r.Approvers = true, []string{"Alice", "Carol", "Erin"} })
	}
	var rules []approval.Rule
	for n := range d.IntN(6) {
		rules = append(rules, d.rule(n))
	}
	p.Rules = approval.Compile(approval.Config{
		Rules: rules, People: p.People, Currency: "USD", Roles: []approval.Role{{Name: "finance", Discord: []string{"77"}}, {Name: "desk", Discord: []string{"78"}}},
		Zone:     pick(d, nil, time.FixedZone("east", 5*3600+1800), time.FixedZone("west", -9*3600)),
		Settings: approval.Needs{Count: p.Needed, RequesterCounts: p.RequesterMayApprove, ExpiresAfter: p.ExpiresAfter},
	})
	return p.Describing(described)
}

func (d dice) rule(n int) approval.Rule {
	yes, no := true, false
	price := func(amounts ...string) approval.Price { return seldom(d, usd(pick(d, amounts...))) }
	r := approval.Rule{
		Name: fmt.Sprintf("rule %d", n), MaxMonthlyFee: pick(d, approval.Price{}, usd("1"), usd("5"), usd("50")), MaxOrderTotal: price("10", "100"),
		MaxOrderMonthly: price("5", "60"), MaxMonthTotal: price("20", "100", "1000"),
		Countries: seldom(d, []string{"AE"}, []string{"AE", "DE"}), Operations: pick(d, nil, []string{"did_purchase"}, []string{"did_unsubscribe"}),
		Vendors: seldom(d, []string{"acme"}, []string{"Other Ltd", "ACME"}), Types: seldom(d, []string{"mobile"}, []string{"National", "mobile"}),
		Features: seldom(d, []string{"voice"}, []string{"sms", "fax"}), Documents: seldom(d, &yes, &no), NewHosts: seldom(d, &yes, &no),
		Requesters: d.some(approval.Who{Role: "sales"}, approval.Who{Role: "desk"}, approval.Who{Person: "Bob"}, approval.Who{Realm: "discord"}),
		Refuse:     d.IntN(12) == 0, Approvals: d.IntN(4),
		Approvers: d.some(approval.Who{Role: "finance"}, approval.Who{Role: "heads"}, approval.Who{Role: "desk"}, approval.Who{Person: "Bob"}),
		Including: d.some(approval.Who{Role: "finance"}, approval.Who{Person: "Alice"}), RequesterCounts: pick(d, nil, &yes, &no),
		Wait: pick(d, 0, time.Minute), Strength: pick(d, 0, 0, identity.Dialog, identity.Click, identity.Passkey),
		ExpiresAfter: seldom(d, 5*time.Minute, time.Hour),
	}
	if d.IntN(3) == 0 {
		r.EscalateAfter, r.EscalateTo = time.Minute, []approval.Who{{Role: "heads"}}
	}
	if d.IntN(4) == 0 {
		h, err := approval.ParseHours(pick(d, "Mon-Fri 08:00-18:00", "Sat,Sun", "20:00-06:00", "Mon 00:00-24:00"))
		if err != nil {
			panic(err)
		}
		r.Hours = []approval.Hours{h}
	}
	return r
}

// The names of facts that tell described what a line is about.
const (
	factVendor  = "vendor"
	factType    = "type"
	factFeature = "feature"
	factNewHost = "new host"
	factNoVoice = "no voice"
)

// described says of lines what their facts do.
func described(r order.Record) []order.LineTerms {
	list := make([]order.LineTerms, len(r.Quote.Lines))
	for n, l := range r.Quote.Lines {
		for _, f := range l.Facts {
			switch t := &list[n]; f.Name {
			case factVendor:
				t.Vendor = f.Value
			case factType:
				t.Type = f.Value
			case factFeature:
				t.Features = append(t.Features, f.Value)
			case factNewHost:
				t.NewHost = true
			case factNoVoice:
				t.NoVoice = true
			}
		}
	}
	return list
}

func (d dice) facts() []order.Fact {
	var list []order.Fact
	for _, f := range []order.Fact{
		{Name: factVendor, Value: pick(d, "Acme", "ACME", "Other Ltd", "Third")},
		{Name: factType, Value: pick(d, "mobile", "national", "tollfree")},
		{Name: factFeature, Value: "sms"},
		{Name: factFeature, Value: "voice"},
		{Name: factNewHost},
		{Name: factNoVoice},
	} {
		if d.IntN(2) == 0 {
			list = append(list, f)
		}
	}
	return list
}

// asker is somebody who asks, with the roles that the surface knows.
func (d dice) asker() (identity.Party, []string) {
	who := pick(d, alice(), shell("bob"), shell("BOB"), shell("erin"), shell("frank"), shell("Frank"), discord("9"), discord("1"), http("alice-laptop"))
	var groups []string
	if who.Principal.Realm == identity.Discord {
		groups = seldom(d, []string{"desk"}, []string{"finance", "desk"})
	}
	return identity.Party{Realm: who.Principal.Realm, ID: who.Principal.ID, Name: who.Principal.Name}, groups
}

func (d dice) order(n int) order.Record {
	yes, no := true, false
	r := order.Record{
		ID: fmt.Sprintf("o-%06d", n), Tool: pick(d, "did_purchase", "did_purchase", "did_unsubscribe", "did_update"), Phase: order.PhasePending, Currency: "USD",
		Created: week().Add(time.Duration(d.IntN(7*24*60)) * time.Minute),
	}
	r.Requester, r.Asked.Groups = d.asker()
	r.Expires = r.Created.Add(15 * time.Minute)
	if r.Risk = risk.Change; r.Tool == "did_purchase" {
		r.Risk = risk.Spend
	}
	for n := range 1 + d.IntN(4) {
		l := order.Line{
			Number: fmt.Sprint(97150, n), Country: pick(d, "", "AE", "DE", "US"), Documents: pick(d, nil, &yes, &no), DueNow: money.MustParse("0"), Facts: d.facts(),
		}
		if r.Risk == risk.Spend {
			l.MonthlyFee = pick(d, money.Amount{}, amount("0.50"), amount("1"), amount("5"), amount("5.01"), amount("49.99"), amount("70"))
			l.DueNow = l.MonthlyFee
		}
		r.Quote.Lines = append(r.Quote.Lines, l)
		r.Lines = append(r.Lines, order.LineRecord{State: order.LineWaiting})
	}
	return r
}

// past makes an order one of before, of which something became.
func (d dice) past(r order.Record) order.Record {
	after := r.Created.Add(time.Duration(d.IntN(20)) * time.Minute)
	switch d.IntN(5) {
	case 0:
		return r
	case 1:
		r.Phase, r.Finished = order.PhaseExpired, r.Expires
	case 2:
		r.Phase, r.Finished, r.Decided = order.PhaseRejected, after, after
	case 3:
		r.Phase, r.Finished = order.PhaseCancelled, after
	default:
		r.Phase, r.Decided = order.PhaseOver, after
		for n := range r.Lines {
			r.Lines[n].State = pick(d, order.LineDone, order.LineFailed, order.LineUnknown)
			if d.IntN(5) == 0 {
				r.Lines[n].Due = amount("60.01")
			}
		}
	}
	return r
}

// given is somebody who may approve, and how that is kept.
type given struct {
	by       identity.Caller
	strength identity.Strength
}

// givers are some of those, in any order.
func (d dice) givers() []given {
	withRoles := func(by identity.Caller, groups ...string) identity.Caller {
		by.Principal.Groups = groups
		return by
	}
	list := []given{
		{alice(), identity.Click},
		{shell("bob"), identity.Click},
		{shell("BOB"), identity.Click},
		{shell("carol"), identity.Click},
		{shell("dave"), identity.Click},
		{shell("erin"), identity.Click},
		{shell("frank"), identity.Click},
		{discord("1"), identity.Click},
		{discord("9"), identity.Click},
		{withRoles(discord("8"), "finance"), identity.Click},
		{withRoles(discord("7"), "desk"), identity.Click},
		{webOf("Alice"), identity.Passkey},
		{webOf("Carol"), identity.Passkey},
		{webOf("Erin"), identity.Passkey},
		{asking(alice()), identity.Dialog},
		{asking(http("alice-laptop")), identity.Dialog},
	}
	d.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list[:9]
}
