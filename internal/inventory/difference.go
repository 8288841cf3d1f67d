package inventory

import (
	"strings"

	"didops/internal/exchange"
	"didops/internal/money"
)

// change is what of a number changed between two looks, by kinds.
type change struct {
	kind   Kind
	fields []Field
}

// difference returns what of a number changed, in the order of [Kinds]. What it
// leaves out is kept and is no change: the paid time, notes, the seller, an id.
func difference(was, is *Number) []change {
	var list []change
	add := func(kind Kind, fields []Field) {
		if len(fields) > 0 {
			list = append(list, change{kind, fields})
		}
	}
	state := texts([3]string{"state", was.State, is.State})
	verified := was.State == PendingDocuments && is.State == Active
	if verified {
		add(Verified, state)
	}
	add(Fee, fees(&was.Number, &is.Number))
	add(Routing, routing(was, is))
	add(Features, texts(
		[3]string{"type", was.Type, is.Type},
		[3]string{"features", abilities(&was.Number), abilities(&is.Number)},
		[3]string{"capacity", digitsOf(was.Capacity), digitsOf(is.Capacity)},
	))
	if !verified {
		add(State, state)
	}
	return list
}

// texts returns those of the facts (name, before, after) that are not the same.
func texts(facts ...[3]string) []Field {
	var list []Field
	for _, f := range facts {
		if f[1] != f[2] {
			list = append(list, Field{f[0], f[1], f[2]})
		}
	}
	return list
}

// monthlyFee is the name of the field that a month's costs are made of.
const monthlyFee = "monthly_fee"

func fees(was, is *exchange.Number) []Field {
	var list []Field
	for _, f := range []struct {
		name     string
		was, now money.Amount
	}{
		{monthlyFee, was.MonthlyFee, is.MonthlyFee},
		{"setup_fee", was.SetupFee, is.SetupFee},
		{"price_1", was.Price1, is.Price1},
		{"price_n", was.PriceN, is.PriceN},
		{"sms_price", was.SMSPrice, is.SMSPrice},
	} {
		if f.was.Known() != f.now.Known() || f.was.Cmp(f.now) != 0 {
			list = append(list, Field{f.name, f.was.String(), f.now.String()})
		}
	}
	return append(list, texts(
		[3]string{"interval_1", digitsOf(was.Interval1), digitsOf(is.Interval1)},
		[3]string{"interval_n", digitsOf(was.IntervalN), digitsOf(is.IntervalN)},
	)...)
}

// routing returns what of the routing changed; the field "password" where that is
// nothing that may be shown.
func routing(was, is *Number) []Field {
	list := texts([3]string{"calls_to", was.Calls, is.Calls}, [3]string{"messages_to", was.Messages, is.Messages})
	if len(list) == 0 && was.Routing != is.Routing {
		list = []Field{{"password", exchange.Mask, exchange.Mask}}
	}
	return list
}

func abilities(n *exchange.Number) string {
	var list []string
	for _, f := range []struct {
		has  bool
		name string
	}{{n.Voice, "voice"}, {n.SMS, "sms"}, {n.Fax, "fax"}, {n.Video, "video"}} {
		if f.has {
			list = append(list, f.name)
		}
	}
	return strings.Join(list, " ")
}
