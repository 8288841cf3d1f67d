package report

import (
	"cmp"
	"context"
	"slices"
	"time"

	"didops/internal/inventory"
	"didops/internal/money"
)

// monthsBack is how many months are told of where nobody says.
const monthsBack = 12

// past tells of the months, if they are asked for, and what changed against one
// of them: that of since, or the one before the last.
func (c Config) past(ctx context.Context, in In, since time.Time, own inventory.Own, out *Out) error {
	if own.At.IsZero() {
		return nil
	}
	last := own.At.In(c.zone())
	from := since
	if from.IsZero() {
		back := 1
		if in.By == byMonth {
			back = monthsBack - 1
		}
		from = time.Date(last.Year(), last.Month()-time.Month(back), 1, 0, 0, 0, 0, c.zone())
	}
	months, err := c.Inventory.Months(ctx, own, from, c.zone())
	if err != nil {
		return err
	}
	for i := range months {
		byDigits(months[i].Numbers)
	}
	if in.By == byMonth {
		out.Months = told(months)
	}
	if len(months) < 2 {
		return nil
	}
	before := months[len(months)-2]
	if !since.IsZero() {
		before = months[0]
	}
	out.Against = monthName(before.Begins)
	d := compare(before.Numbers, months[len(months)-1].Numbers)
	out.Changes = d.shifts()
	return nil
}

func monthName(begins time.Time) string { return begins.Format("2006-01") }

func byDigits(list []inventory.Cost) {
	order := func(a, b inventory.Cost) int { return cmp.Compare(a.Number.Digits, b.Number.Digits) }
	if !slices.IsSortedFunc(list, order) {
		slices.SortFunc(list, order)
	}
}

func told(months []inventory.Month) []Month {
	list := make([]Month, 0, len(months))
	for i, m := range months {
		var all sum
		for _, c := range m.Numbers {
			all.add(c.MonthlyFee)
		}
		t := Month{Month: monthName(m.Begins), begins: m.Begins, Count: all.count, MonthlyFee: all.fee(), WithoutFee: all.unknown}
		if i > 0 {
			d := compare(months[i-1].Numbers, m.Numbers)
			t.New, t.Gone, t.Raised, t.Lowered = d.came.count, d.gone.count, d.raised.count, d.lowered.count
		}
		list = append(list, t)
	}
	return list
}

// delta is what changed from one month to another: the fees of what came and
// went, and by how much those of others were raised and lowered.
type delta struct{ came, gone, raised, lowered sum }

// compare goes through two months, both by digits. A fee that was or is not
// known is neither raised nor lowered.
func compare(before, after []inventory.Cost) (d delta) {
	for len(before) > 0 || len(after) > 0 {
		order := 0
		switch {
		case len(before) == 0:
			order = 1
		case len(after) == 0:
			order = -1
		default:
			order = cmp.Compare(before[0].Number.Digits, after[0].Number.Digits)
		}
		switch {
		case order < 0:
			d.gone.add(before[0].MonthlyFee)
			before = before[1:]
		case order > 0:
			d.came.add(after[0].MonthlyFee)
			after = after[1:]
		default:
			d.fee(before[0].MonthlyFee, after[0].MonthlyFee)
			before, after = before[1:], after[1:]
		}
	}
	return d
}

func (d *delta) fee(before, after money.Amount) {
	if !before.Known() || !after.Known() {
		return
	}
	switch before.Cmp(after) {
	case -1:
		d.raised.add(after.Less(before))
	case 1:
		d.lowered.add(before.Less(after))
	}
}

// What a [Shift] is of.
const (
	shiftNew     = "new"
	shiftGone    = "gone"
	shiftRaised  = "raised"
	shiftLowered = "lowered"
)

func (d *delta) shifts() []Shift {
	list := []Shift{}
	for _, s := range []struct {
		what string
		sum  *sum
	}{{shiftNew, &d.came}, {shiftGone, &d.gone}, {shiftRaised, &d.raised}, {shiftLowered, &d.lowered}} {
		list = append(list, Shift{What: s.what, Count: s.sum.count, MonthlyFee: s.sum.fee(), WithoutFee: s.sum.unknown})
	}
	return list
}
