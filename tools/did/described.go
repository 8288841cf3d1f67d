package did

import (
	"slices"
	"strconv"
	"strings"

	"didops/internal/order"
)

// described says of a number what the card of a line shows. Values are shown as
// they may be: never a password.
func described(l order.Line) order.LineTerms {
	list := strings.Fields(l.Fact("features"))
	return order.LineTerms{
		Country: l.Country, Type: l.Fact("type"), Features: list, NoVoice: silent(l.Fact("type"), list), Vendor: l.Fact("vendor"),
		NewHost: slices.ContainsFunc(l.Terms, func(t order.Fact) bool { return strings.HasSuffix(t.Shown, newHost) }),
	}
}

func describePurchase(l order.Line) order.LineTerms {
	t := described(l)
	t.PerMinute, t.SMSPrice, t.Account = minute(l), l.Fact("sms_price"), shownIn(l.Terms, termAccount)
	t.Capacity, _ = strconv.Atoi(l.Fact("capacity")) // 0 where it is not stated
	t.CallsTo, t.MessagesTo = order.Route{To: shownIn(l.Terms, termContact)}, order.Route{To: shownIn(l.Terms, termSMPP)}
	t.Labels = LabelWords(labelsOf(l))
	return t
}

func describeUpdate(l order.Line) order.LineTerms {
	t := described(l)
	t.CallsTo, t.MessagesTo = moved(l, factContact, termContact), moved(l, factSMPP, termSMPP)
	return t
}

func describeUnsubscribe(l order.Line) order.LineTerms {
	t := described(l)
	t.PaidUntil = paidUntil(l)
	t.CallsTo, t.MessagesTo = order.Route{To: shownIn(l.Facts, factContact)}, order.Route{To: shownIn(l.Facts, factSMPP)}
	return t
}

// moved returns what becomes of an address of a number, by the names of the
// fact and of the term that hold it.
func moved(l order.Line, fact, term string) order.Route {
	now, after := shownIn(l.Facts, fact), shownIn(l.Terms, term)
	if l.Fact(fact) == l.Term(term) {
		return order.Route{To: now}
	}
	if now == after {
		after += " (another password)"
	}
	return order.Route{From: now, To: after, Moves: true}
}
