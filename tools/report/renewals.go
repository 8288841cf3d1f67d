package report

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"didops/internal/inventory"
	"didops/internal/phone"
	"didops/internal/renewal"
	"didops/internal/view"
)

// weeksAhead is for how many weeks renewals are told, this one among them.
const weeksAhead = 8

// monday returns the day on which a week begins.
func monday(at time.Time) time.Time {
	day := renewal.Day(at)
	return day.AddDate(0, 0, -(int(day.Weekday())+6)%7)
}

// horizon is the last day of those weeks.
func horizon(now time.Time) time.Time { return monday(now).AddDate(0, 0, 7*weeksAhead-1) }

// weeks counts the renewals of each week, and the numbers of which no date is
// known or one that is over: of these nothing is guessed.
func weeks(numbers []inventory.Number, now time.Time) (list []Week, unknown, past int) {
	said, projected := make([]sum, weeksAhead), make([]sum, weeksAhead)
	first, until := monday(now), horizon(now)
	for i := range numbers {
		dates, standing := renewal.Dates(numbers[i].Since, numbers[i].BilledTo, now, until)
		switch standing {
		case renewal.Unknown:
			unknown++
		case renewal.Past:
			past++
		case renewal.Due:
		}
		for _, d := range dates {
			week := int(d.Day.Sub(first) / (7 * 24 * time.Hour))
			switch {
			case week < 0 || week >= weeksAhead:
			case d.Projected:
				projected[week].add(numbers[i].MonthlyFee)
			default:
				said[week].add(numbers[i].MonthlyFee)
			}
		}
	}
	for i := range weeksAhead {
		w := Week{
			Week: first.AddDate(0, 0, 7*i).Format(time.DateOnly), Count: said[i].count, MonthlyFee: said[i].fee(),
			WithoutFee: said[i].unknown + projected[i].unknown, Projected: projected[i].count,
		}
		if w.Projected > 0 {
			w.ProjectedMonthly = projected[i].fee()
		}
		list = append(list, w)
	}
	return list, unknown, past
}

// Agenda returns the renewals of the own numbers alone, by country, as those of
// did_report are grouped that nobody groups otherwise.
func (c Config) Agenda(ctx context.Context) (view.Agenda, error) {
	own, err := c.own(ctx, false)
	if err != nil {
		return view.Agenda{}, err
	}
	return newAgenda(c.Exchange, own, byCountry, c.Currency, c.Now().UTC()).view(), nil
}

// agenda is the days on which groups of numbers renew.
type agenda struct {
	exchange, by, currency string
	asOf                   time.Time
	due                    []due
}

// due is a group of numbers that renew on a day.
type due struct {
	day       time.Time
	group     string
	numbers   []string
	projected int
	cost      sum
}

// newAgenda finds the days of every number: the one that the exchange has said,
// and as far as the report tells of weeks those that follow from it.
func newAgenda(exchange string, own inventory.Own, by, currency string, now time.Time) agenda {
	type key struct {
		day   time.Time
		group string
	}
	found := map[key]*due{}
	until := horizon(now)
	for i := range own.Numbers {
		n := &own.Numbers[i]
		dates, _ := renewal.Dates(n.Since, n.BilledTo, now, until)
		group := strings.Join(names(n, by), ", ")
		for _, d := range dates {
			k := key{d.Day, group}
			if found[k] == nil {
				found[k] = &due{day: d.Day, group: group}
			}
			found[k].add(n, d.Projected)
		}
	}
	a := agenda{exchange: exchange, by: by, currency: currency, asOf: own.At}
	for _, d := range found {
		a.due = append(a.due, *d)
	}
	slices.SortFunc(a.due, func(x, y due) int { return cmp.Or(x.day.Compare(y.day), cmp.Compare(x.group, y.group)) })
	return a
}

func (d *due) add(n *inventory.Number, projected bool) {
	d.numbers = append(d.numbers, n.Digits)
	if projected {
		d.projected++
	}
	d.cost.add(n.MonthlyFee)
}

// listedMost is how many numbers of a day are named.
const listedMost = 100

// view returns it as front ends know it.
func (a agenda) view() view.Agenda {
	v := view.Agenda{Name: "Renewals of phone numbers", AsOf: a.asOf}
	for _, d := range a.due {
		v.Events = append(v.Events, a.event(d))
	}
	return v
}

func (a agenda) event(d due) view.Event {
	e := view.Event{ID: a.id(d), Day: d.day, What: "Renewal: " + view.Plural(len(d.numbers), "number")}
	if d.group != "" && len(d.group) < 200 {
		e.What += ", " + called(d.group, a.by)
	}
	switch d.projected {
	case 0:
	case len(d.numbers):
		e.What += " (projected)"
	default:
		e.What += fmt.Sprintf(" (%s projected)", view.Count(d.projected))
	}
	if fee := d.cost.fee(); fee.Known() {
		e.Cost = fee.String() + " " + a.currency
	}
	var lines []string
	slices.Sort(d.numbers)
	for _, digits := range d.numbers[:min(len(d.numbers), listedMost)] {
		lines = append(lines, phone.Format(digits))
	}
	if more := len(d.numbers) - listedMost; more > 0 {
		lines = append(lines, "and "+view.Count(more)+" more")
	}
	e.More = strings.Join(lines, "\n")
	return e
}

// id tells a day of a group from all others, whatever is read or projected.
func (a agenda) id(d due) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{a.exchange, a.by, d.group, d.day.Format(time.DateOnly)}, "\x00")))
	return hex.EncodeToString(sum[:12]) + "-" + d.day.Format("200601") + "@didops"
}
