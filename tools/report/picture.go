package report

import (
	"cmp"
	"fmt"
	"strings"

	"didops/internal/money"
	"didops/internal/sanitize"
	"didops/internal/view"
)

// barsShown is how many groups are bars of their own; what is left of more is
// one.
const barsShown = 10

// altMost is how long the text of a picture may be, in characters; chats take no
// more.
const altMost = 1000

// nameMost is how much of the name of a group stands at its bar, in characters.
const nameMost = 58

// picture draws the months, or the groups.
func (out *Out) picture() view.Image {
	i := view.Image{Name: "report-by-" + strings.ReplaceAll(out.By, "_", "-")}
	var parts []string
	if out.By == byMonth {
		i.Steps, parts = out.steps()
	} else {
		i.Bars, parts = out.bars()
	}
	head := cmp.Or(i.Steps.Title, i.Bars.Title) + ", as of " + moment(out.AsOf) + ": "
	i.Alt = head + joined(parts, altMost-len([]rune(head))) + "."
	return i
}

// joined writes parts one behind the other, as many as have room, and how many
// are left.
func joined(parts []string, room int) string {
	s := ""
	for i, p := range parts {
		rest := fmt.Sprintf("; and %d more", len(parts)-i)
		if len([]rune(s+"; "+p+rest)) > room {
			return s + rest
		}
		if s != "" {
			s += "; "
		}
		s += p
	}
	return s
}

func (out *Out) steps() (view.Steps, []string) {
	l := view.Line{Name: "all numbers"}
	var parts []string
	for _, m := range out.Months {
		l.Points = append(l.Points, view.Point{At: m.begins, Value: m.MonthlyFee})
		parts = append(parts, m.Month+" "+cmp.Or(m.MonthlyFee.String(), "not known"))
	}
	return view.Steps{Title: "Monthly fees of own numbers in " + out.Currency, Lines: []view.Line{l}, End: out.AsOf}, parts
}

func (out *Out) bars() (view.Bars, []string) {
	b := view.Bars{
		Title: "Monthly fees in " + out.Currency + " by " + titleOf(out.By),
		Note:  "As of " + out.AsOf.UTC().Format("2 Jan 2006, 15:04 UTC") + ". " + view.Plural(out.Count, "number") + ", " + cmp.Or(out.MonthlyFee.String(), "not known") + " a month.",
	}
	shown, rest := out.Groups, []Group(nil)
	if len(shown) > barsShown+1 {
		shown, rest = shown[:barsShown], shown[barsShown:]
	}
	var parts []string
	add := func(name string, fee money.Amount, share string) {
		label := cmp.Or(fee.String(), "not known")
		if share != "" {
			label += " · " + share + " %"
		}
		b.Rows = append(b.Rows, view.Bar{Name: name, Value: fee, Label: label})
		parts = append(parts, name+" "+label)
	}
	for _, g := range shown {
		add(called(sanitize.Clean(g.Name, nameMost), out.By), g.MonthlyFee, g.Share)
	}
	if len(rest) > 0 {
		var others sum
		for _, g := range rest {
			others.add(g.MonthlyFee)
		}
		share := ""
		if perMille, ok := others.fee().Share(out.MonthlyFee); ok {
			share = fmt.Sprintf("%d.%d", perMille/10, perMille%10)
		}
		add("others ("+view.Count(len(rest))+")", others.fee(), share)
	}
	return b, parts
}
