package inventory

import (
	"fmt"
	"strings"

	"didops/internal/view"
	"didops/tools/did"
)

// line tells an order in one line.
func (o Ordered) line() string {
	text := fmt.Sprintf("%s %s %s", o.ID, o.Kind, o.State)
	if o.Line != "" && o.Line != o.State {
		text += " (this number " + o.Line + ")"
	}
	return "Order " + text + ", " + moment(o.At) + ", asked for by " + view.Quoted(o.By)
}

func viewShow(_ ShowIn, out ShowOut) view.Doc {
	doc := view.Doc{Title: "Number " + out.Number, Summary: out.summary()}
	if out.IncompleteReason != "" {
		doc.Blocks = append(doc.Blocks, view.Notice{Warning: true, Text: "Shown as it was at " + moment(out.AsOf) + ": " + strings.TrimSuffix(out.IncompleteReason, ".") + "."})
	}
	doc.Blocks = append(doc.Blocks, out.fields())
	for _, line := range out.Past {
		doc.Blocks = append(doc.Blocks, view.Text(line))
	}
	for _, line := range out.Asked {
		doc.Blocks = append(doc.Blocks, view.Text(line))
	}
	if !out.KnownSince.IsZero() {
		doc.Blocks = append(doc.Blocks, view.Text("Changes are known since "+moment(out.KnownSince)+"."))
	}
	return doc
}

func (o *ShowOut) fields() view.Fields {
	var list view.Fields
	add := func(label, value string) {
		if value != "" {
			list = append(list, view.Field{Label: label, Value: value, Country: label == "Country"})
		}
	}
	fee := func(text string) string {
		if text == "" {
			return ""
		}
		return text + " " + o.Currency
	}
	add("Country", o.Where)
	add("Type", o.Type)
	features := strings.Join(o.Features, " ")
	if o.NoVoice {
		features += " (no voice)"
	}
	add("Features", strings.TrimSpace(features))
	add("State", o.state())
	add("Calls to", o.Contact)
	add("Messages to", o.SMPPContact)
	add("Monthly fee", fee(o.MonthlyFee.String()))
	add("Set-up fee", fee(o.SetupFee.String()))
	add("Per minute", o.PerMinute)
	add("Per SMS", o.SMSPrice.String())
	if o.Capacity != nil {
		add("Calls at once", view.Count(*o.Capacity))
	}
	add("Since", day(o.Since))
	add("Paid until", day(o.BilledTo))
	add("Vendor", view.Quoted(o.Vendor))
	add("Description", view.Quoted(o.Description))
	add("Notes", view.Quoted(o.Notes))
	add("Owner", view.Quoted(o.Owner))
	add("Cost centre", view.Quoted(o.CostCentre))
	add("Tags", view.Quoted(strings.Join(o.Tags, " ")))
	add("Note", view.Quoted(o.Note))
	if !o.First.IsZero() {
		add("First seen", moment(o.First))
	}
	add("Use", o.Used)
	add("Same kind now", o.Now)
	return list
}

func (o *ShowOut) state() string {
	switch {
	case !o.Gone.IsZero():
		return "gone since " + moment(o.Gone)
	case !o.Waiting.IsZero():
		return fmt.Sprintf("%s since %s (%s)", did.ShortState(o.State), day(o.Waiting), view.Plural(int(o.now.Sub(o.Waiting).Hours()/24), "day"))
	}
	return did.ShortState(o.State)
}

// String tells use in words.
func (u *Use) String() string {
	if u == nil {
		return "not known"
	}
	text := fmt.Sprintf("%s and %s from %s to %s", view.Plural(u.Calls, "call"), view.Plural(u.Messages, "message"), u.From, u.To)
	switch {
	case u.AtLeast:
		return text + fmt.Sprintf("; idle for at least %s", view.Plural(u.IdleDays, "day"))
	case u.LastMessage > u.LastCall:
		text += ", last " + u.LastMessage
	default:
		text += ", last " + u.LastCall
	}
	return text + fmt.Sprintf("; idle for %s", view.Plural(u.IdleDays, "day"))
}

// words tells what the same kind costs.
func (m Market) words(currency string) string {
	var text string
	switch {
	case !m.Known:
		return "not known: nothing of it is remembered"
	case m.Count == 0:
		text = "none for sale"
	case !m.Lowest.Known():
		text = view.Plural(m.Count, "number") + " for sale, none with a fee"
	default:
		text = fmt.Sprintf("%s for sale from %s %s a month (%s", view.Plural(m.Count, "number"), m.Lowest, currency, m.Number)
		if m.Setup.Known() {
			text += fmt.Sprintf(", set-up %s", m.Setup)
		}
		text += fmt.Sprintf("); %s cheaper than this one", view.Count(m.Cheaper))
	}
	text += ", as of " + moment(m.AsOf)
	if !m.Complete {
		text += "; not all was read"
	}
	return text
}

func (o *ShowOut) summary() string {
	if !o.Gone.IsZero() {
		return o.Number + " is not ours any more: it is gone since " + moment(o.Gone) + "."
	}
	s := o.Number
	if o.Owner != "" {
		s += ", of " + view.Quoted(o.Owner) + ","
	}
	s += " is " + o.state()
	if o.MonthlyFee.Known() {
		s += ", for " + o.MonthlyFee.String() + " " + o.Currency + " a month"
	}
	if !o.BilledTo.IsZero() {
		s += ", paid until " + day(o.BilledTo)
	}
	return s + "."
}
