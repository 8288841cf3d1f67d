package watch

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"didops/internal/fault"
	"didops/internal/request"
	"didops/internal/risk"
	"didops/internal/view"
	"didops/internal/watch"
	"didops/tools"
	"didops/tools/did"
)

// AddIn is what watch_add takes.
type AddIn struct {
	Name string `json:"name" jsonschema_description:"Its name"`
	did.Filter
	Until   string `json:"until,omitempty" jsonschema_description:"30d, 2027-01-31, RFC 3339; default 90d"`
	Channel string `json:"channel,omitempty" jsonschema_description:"Discord channel; default: this"`
	Quiet   string `json:"quiet,omitempty" jsonschema_description:"No messages: Europe/London 22:00-07:00"`
	PerDay  int    `json:"per_day,omitempty" jsonschema:"minimum=1,maximum=100,default=10" jsonschema_description:"Messages a day, 1 to 100, default 10"`
}

// AddOut is what watch_add returns.
type AddOut struct {
	tools.Envelope
	Currency string     `json:"currency" jsonschema_description:"Of amounts"`
	Fit      int        `json:"fit"`
	Name     string     `json:"name" jsonschema:"-" quoted:"true"` // told without being published, as what follows: it was asked for so
	Filter   string     `json:"filter" jsonschema:"-"`
	Until    time.Time  `json:"until" jsonschema:"-"`
	Channel  string     `json:"channel,omitempty" jsonschema:"-"`
	Quiet    string     `json:"quiet,omitempty" jsonschema:"-"`
	PerDay   int        `json:"per_day" jsonschema:"-"`
	Complete bool       `json:"complete" jsonschema:"-"`
	AsOf     *time.Time `json:"as_of,omitempty" jsonschema:"-"`
	Known    string     `json:"known,omitempty" jsonschema:"-"` // what is not known, in words
	Cheapest []Found    `json:"cheapest"`

	hits []watch.Hit
}

func addOperation(c Config) tools.Declaration {
	return tools.Operation[AddIn, AddOut]{
		Name:    name("add"),
		Title:   "Watch the market",
		Apart:   true,
		Summary: "Be told when phone numbers that fit come up for sale, with the filters of did_search.",
		Doc:     "Tells on Discord, or in watch_list; buys nothing. What fits already is not told.",
		Hint:    "tell me, alert or notify me when a phone number comes up for sale, becomes available, or falls below a price",
		Risk:    risk.Local,
		Outward: true,
		Brief:   true,
		Folded:  tools.Folded{Name: "filters", Says: `Of did_search: {"country":"AE"}`, Params: did.FilterParams()},
		Examples: []tools.Example{
			{Says: "tell when an Emirates freephone number under 5 a month comes up", Args: map[string]any{"name": "uae-freephone", "country": "UAE", "type": "tollfree", "max_monthly_fee": "5"}},
			{Says: "numbers that end in 777, for a month, not at night", Args: map[string]any{"name": "triple seven", "pattern": "*777", "until": "30d", "quiet": "Europe/London 22:00-07:00"}},
		},
		Run:      c.add,
		View:     viewAdd,
		Complete: map[string]tools.Completer{"country": did.CompleteCountry},
	}
}

func (c Config) add(ctx context.Context, in AddIn) (AddOut, error) {
	if c.Off != nil {
		return AddOut{}, c.Off
	}
	wish, err := c.wish(ctx, in)
	if err != nil {
		return AddOut{}, err
	}
	if c.Refresh != nil {
		// Where the exchange can't be asked, what is remembered counts, and its age is
		// said.
		if err := c.Refresh(ctx, in.Filter); fault.CodeOf(err) == fault.Invalid || ctx.Err() != nil {
			return AddOut{}, cmp.Or(err, ctx.Err())
		}
	}
	added, err := c.Watches.Add(ctx, wish)
	if err != nil {
		return AddOut{}, err
	}
	w := &added.Watch
	out := AddOut{
		Currency: c.Currency, Name: w.Name, Filter: w.Words, Until: w.Until.Truncate(time.Second), Channel: w.Place, Quiet: w.Quiet.String(), PerDay: w.PerDay,
		Fit: added.Fit, Complete: added.Coverage.Complete, AsOf: timeOf(added.Coverage.AsOf), Cheapest: []Found{},
		Known: added.Coverage.Covers(w.Created),
	}
	if o := added.Cheapest; o != nil {
		out.hits = []watch.Hit{{Offer: *o, Kind: added.Kind}}
		out.Cheapest = append(out.Cheapest, foundOf(&watch.Watch{}, &out.hits[0]))
	}
	return out, nil
}

// wish reads what is to be watched.
func (c Config) wish(ctx context.Context, in AddIn) (watch.Wish, error) {
	wish := watch.Wish{By: request.Caller(ctx), Here: request.Place(ctx)}
	if err := in.Possible(); err != nil {
		return wish, err
	}
	w := &wish.Watch
	var err error
	if w.Until, err = watch.ParseUntil(in.Until, c.Now()); err != nil {
		return wish, err
	}
	if w.Quiet, err = watch.ParseQuiet(in.Quiet); err != nil {
		return wish, err
	}
	if w.Place, err = channel(in.Channel); err != nil {
		return wish, err
	}
	w.Name, w.Words, w.PerDay = in.Name, Words(in.Filter), in.PerDay
	w.Filter, err = written(in.Filter)
	return wish, err
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

func viewAdd(_ AddIn, out AddOut) view.Doc {
	where := "in the list of watches"
	if out.Channel != "" {
		where = "on Discord, and " + where
	}
	fit := view.Plural(out.Fit, "number") + " fit now"
	if len(out.hits) > 0 {
		fit += ", the cheapest for " + out.hits[0].Offer.MonthlyFee.String() + " " + out.Currency + " a month"
	}
	doc := view.Doc{Title: "Watch added", Summary: fmt.Sprintf("%s. What comes up from now on, until %s, is told %s.", fit, day(out.Until), where)}
	fields := view.Fields{
		{Label: "Name", Value: view.Quoted(out.Name)},
		{Label: "What fits", Value: out.Filter},
		{Label: "Until", Value: stamp(out.Until)},
		{Label: "At most", Value: view.Plural(out.PerDay, "message") + " a day"},
	}
	if out.Channel != "" {
		fields = append(fields, view.Field{Label: "Channel", Value: out.Channel})
	}
	if out.Quiet != "" {
		fields = append(fields, view.Field{Label: "Quiet", Value: zoned(out.Quiet)})
	}
	if out.AsOf != nil {
		fields = append(fields, view.Field{Label: "As of", Value: stamp(*out.AsOf)})
	}
	doc.Blocks = append(doc.Blocks, fields)
	if out.Known != "" {
		doc.Blocks = append(doc.Blocks, view.Notice{Text: out.Known})
	}
	if len(out.hits) > 0 {
		doc.Blocks = append(doc.Blocks, watch.Table(out.Currency, out.hits, nil))
	}
	return doc
}
