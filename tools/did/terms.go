package did

import (
	"cmp"
	"slices"
	"strings"

	"didops/internal/money"
	"didops/internal/order"
	"didops/internal/phone"
	"didops/internal/sipaddr"
	"didops/internal/view"
)

// A card shows what a person decides about. It is drawn from the quote alone,
// because that is what is carried out, and shows values as they may be shown:
// never a password.

// purchaseTermsView shows what would be bought.
func (d *writeOps) purchaseTermsView(q order.Quote) []view.Block {
	if len(q.Lines) == 1 {
		l := q.Lines[0]
		list := fields(
			"Number", phone.Format(l.Number), labelCountry, l.Country, "Type", l.Fact("type"), "Features", able(l),
			labelVendor, cmp.Or(view.Quoted(l.Fact("vendor")), unstated), "Set-up fee", d.priced(l.SetupFee.String()), "Monthly fee", d.priced(l.MonthlyFee.String()),
			"Per minute", d.priced(minute(l)), "Per SMS", d.priced(l.Fact("sms_price")),
			"Calls at once", l.Fact("capacity"), "Documents", documents(l.Documents),
		)
		for i := range list {
			switch list[i].Label {
			case "Set-up fee", "Monthly fee":
				list[i].Aside = true // the amount due says so
			case "Per minute":
				list[i].Brief = minute(l)
			case "Per SMS":
				list[i].Brief = l.Fact("sms_price")
			}
		}
		return []view.Block{append(list, bought(q.Lines)...), view.Text(reckoned)}
	}
	costs := view.Table{Columns: []view.Column{
		{Title: "Number"},
		{Title: "Country", Country: true},
		{Title: "Type"},
		{Title: "Features"},
		{Title: "Set-up " + d.Currency, Right: true},
		{Title: "Monthly " + d.Currency, Right: true},
		{Title: "Docs"},
	}}
	use := view.Table{Columns: []view.Column{
		{Title: "Number"},
		{Title: labelVendor, Loose: true},
		{Title: "Per minute"},
		{Title: "Per SMS", Right: true},
		{Title: "At once", Right: true},
	}}
	for _, l := range q.Lines {
		costs.Rows = append(costs.Rows, []string{
			phone.Format(l.Number), l.Country, l.Fact("type"), able(l), l.SetupFee.String(), l.MonthlyFee.String(), documents(l.Documents),
		})
		use.Rows = append(use.Rows, []string{phone.Format(l.Number), view.Quoted(l.Fact("vendor")), minute(l), l.Fact("sms_price"), l.Fact("capacity")})
	}
	setup := sum(q, func(l order.Line) money.Amount { return l.SetupFee })
	costs.Rows = append(costs.Rows, []string{"Total", "", "", "", setup, monthly(q), ""})
	return []view.Block{costs, use, bought(q.Lines), view.Text(reckoned)}
}

// reckoned says where the amount due comes from.
const reckoned = "As listed; use is charged on top."

// updateTermsView shows the routing of every number as it is and as it would
// be.
func (d *writeOps) updateTermsView(q order.Quote) []view.Block {
	if len(q.Lines) == 1 {
		l := q.Lines[0]
		return []view.Block{d.own(l), view.Table{Columns: []view.Column{{Title: "What"}, {Title: "Now"}, {Title: "After"}}, Rows: rerouted(l)}}
	}
	numbers := view.Table{Columns: []view.Column{
		{Title: "Number"}, {Title: "Country", Country: true}, {Title: "Type"}, {Title: "Features"}, {Title: labelVendor, Loose: true},
	}}
	routing := view.Table{Columns: []view.Column{{Title: "Number"}, {Title: "What"}, {Title: "Now"}, {Title: "After"}}}
	stays := false
	for _, l := range q.Lines {
		number := phone.Format(l.Number)
		numbers.Rows = append(numbers.Rows, []string{number, l.Country, l.Fact("type"), able(l), view.Quoted(l.Fact("vendor"))})
		for _, row := range rerouted(l) {
			if stays = stays || row[2] == unchanged; row[2] != unchanged {
				routing.Rows = append(routing.Rows, append([]string{number}, row...))
			}
		}
	}
	if stays {
		return []view.Block{routing, view.Text("Addresses that are not listed stay as they are."), numbers}
	}
	return []view.Block{routing, numbers}
}

const (
	// unchanged stands where an address would be that is not to change.
	unchanged = "stays"

	// anotherPassword goes with an address of which nothing else changes.
	anotherPassword = " (another password)"
)

// rerouted returns what becomes of the addresses of a number: for which of
// them, from where, to where.
func rerouted(l order.Line) [][]string {
	var rows [][]string
	t := describeUpdate(l)
	for _, r := range []struct {
		what string
		order.Route
	}{{"Calls to", t.CallsTo}, {"Messages to", t.MessagesTo}} {
		switch {
		case r.IsZero():
		case r.Moves:
			rows = append(rows, []string{r.what, cmp.Or(r.From, "nowhere"), r.To})
		default:
			rows = append(rows, []string{r.what, r.To, unchanged})
		}
	}
	return rows
}

// unsubscribeTermsView shows what would be lost.
func (d *writeOps) unsubscribeTermsView(q order.Quote) []view.Block {
	if len(q.Lines) == 1 {
		l := q.Lines[0]
		return []view.Block{append(d.own(l), fields(
			"Paid until", cmp.Or(paidUntil(l), unstated), "To be sent", sent(l),
			"Calls to", shownIn(l.Facts, factContact), "Messages to", shownIn(l.Facts, factSMPP),
		)...)}
	}
	costs := view.Table{Columns: []view.Column{
		{Title: "Number"},
		{Title: "Country", Country: true},
		{Title: "Type"},
		{Title: "Features"},
		{Title: "Monthly " + d.Currency, Right: true},
		{Title: "Paid until"},
	}}
	planned := sent(q.Lines[0]) != ""
	if planned {
		costs.Columns = append(costs.Columns, view.Column{Title: "To be sent"})
	}
	routing := view.Table{Columns: []view.Column{{Title: "Number"}, {Title: "Calls to"}, {Title: "Messages to"}}}
	for _, l := range q.Lines {
		costs.Rows = append(costs.Rows, []string{
			phone.Format(l.Number), l.Country, l.Fact("type"), able(l), cmp.Or(l.MonthlyFee.String(), unstated), paidUntil(l), sent(l),
		}[:len(costs.Columns)])
		routing.Rows = append(routing.Rows, []string{phone.Format(l.Number), shownIn(l.Facts, factContact), shownIn(l.Facts, factSMPP)})
	}
	costs.Rows = append(costs.Rows, []string{"Total", "", "", "", cmp.Or(monthly(q), unstated), "", ""}[:len(costs.Columns)])
	return []view.Block{costs, routing}
}

// own shows what an own number is.
func (d *writeOps) own(l order.Line) view.Fields {
	return fields(
		"Number", phone.Format(l.Number), labelCountry, l.Country, "Type", l.Fact("type"), "Features", able(l),
		labelVendor, view.Quoted(l.Fact("vendor")), "Monthly fee", cmp.Or(d.priced(l.MonthlyFee.String()), unstated),
	)
}

// bought shows what the lines of a purchase have in common: who pays, and
// where calls and messages go.
func bought(list []order.Line) view.Fields {
	common := func(name string) string {
		var all []string
		for _, l := range list {
			text := shownIn(l.Terms, name)
			if len(list) > 1 {
				text = strings.ReplaceAll(text, l.Number, sipaddr.Mark)
			}
			if text != "" && !slices.Contains(all, text) {
				all = append(all, text)
			}
		}
		return listed(all)
	}
	return fields("Account", common(termAccount), "Calls to", common(termContact), "Messages to", common(termSMPP), "Labels", LabelWords(labelsOf(list[0])))
}

// unstated is said of what the exchange does not state.
const unstated = "not stated"

// labelVendor is what sellers are called.
const labelVendor = "Vendor"

// labelCountry is how the code of a country is labelled.
const labelCountry = "Country"

// fields returns pairs of label and value, those without a value left out.
func fields(pairs ...string) view.Fields {
	var list view.Fields
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			list = append(list, view.Field{Label: pairs[i], Value: pairs[i+1], Country: pairs[i] == labelCountry})
		}
	}
	return list
}

// priced puts the currency behind an amount, or behind the first of a text.
func (d *writeOps) priced(text string) string {
	if text == "" {
		return ""
	}
	amount, rest, _ := strings.Cut(text, " ")
	return strings.TrimSpace(amount + " " + d.Currency + " " + rest)
}

// able is what the number of a line can do.
func able(l order.Line) string { return abilities(l.Fact("type"), strings.Fields(l.Fact("features"))) }

// minute returns the price of calls in words, as results do.
func minute(l order.Line) string {
	return callPrice(l.Fact("price_1"), l.Fact("price_n"), l.Fact("interval_1"), l.Fact("interval_n"))
}

func monthly(q order.Quote) string {
	return sum(q, func(l order.Line) money.Amount { return l.MonthlyFee })
}

// sum adds an amount of all lines up.
func sum(q order.Quote, of func(order.Line) money.Amount) string {
	all := free()
	for _, l := range q.Lines {
		all = all.Add(of(l))
	}
	return all.String()
}

// shownIn returns the fact or term of that name as a person may see it.
func shownIn(list []order.Fact, name string) string {
	i := slices.IndexFunc(list, func(f order.Fact) bool { return f.Name == name })
	if i < 0 {
		return ""
	}
	return list[i].String()
}
