package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"didops/bots/shell"
	"didops/internal/config"
	"didops/internal/market"
	"didops/internal/render"
	"didops/internal/view"
)

// memoryReport is what "didops market status --json" prints.
type memoryReport struct {
	Sandbox  bool       `json:"sandbox"`
	On       bool       `json:"on"`               // [market] mirror
	Place    string     `json:"place"`            // where it is kept
	Delete   string     `json:"delete"`           // how to delete it
	Bytes    int64      `json:"bytes"`            // it takes there
	Rows     int        `json:"numbers"`          // remembered
	Fresh    int        `json:"fresh"`            // of those, read lately whatever they are, so that they answer any question without the exchange
	Coverage float64    `json:"coverage"`         // fresh of all that are known, 0 to 1
	Whole    bool       `json:"whole"`            // every part of the market was read, whenever
	Readings int        `json:"readings"`         // that the answers rest on
	Due      int        `json:"parts_due"`        // that are too old, or were never read
	Changes  changes    `json:"changes"`          // of this week and the one before
	Oldest   *time.Time `json:"oldest,omitempty"` // reading
	Newest   *time.Time `json:"newest,omitempty"` // reading
	MaxAge   int        `json:"max_age_seconds"`  // [market] max_age
	Summary  string     `json:"summary"`
}

// changes is how much a market changes.
type changes struct {
	Days     int `json:"days"`     // on which all of it was read
	Over     int `json:"over"`     // days in which the changes lie, read or not
	Came     int `json:"came"`     // numbers
	Went     int `json:"went"`     // numbers
	Repriced int `json:"repriced"` // numbers, each time
}

// changing counts what a memory says of this week and the one before.
func changing(ctx context.Context, v *market.View) (c changes, err error) {
	past, err := v.Weeks(ctx, market.Past{Since: v.Now().Add(-7 * 24 * time.Hour)})
	for _, w := range past.Weeks {
		c.Days += w.Days
		c.Came += w.Came
		c.Went += w.Went
		c.Repriced += w.Repriced
	}
	if len(past.Weeks) > 0 {
		c.Over = span(past.Weeks[0].Start, past.Since, v.Now())
	}
	return c, err
}

// span is how many days, begun ones included, lie between a moment and now: the
// beginning of a week, or of the memory where that is later.
func span(week, memory, now time.Time) int {
	if memory.After(week) {
		week = memory
	}
	return max(1, int((now.Sub(week)+24*time.Hour-1)/(24*time.Hour)))
}

// marketStatus says what is remembered of the market.
func (a *app) marketStatus(ctx context.Context) error {
	c, err := a.config()
	if err != nil {
		return err
	}
	report, err := a.remembered(ctx, c)
	if err != nil {
		return err
	}
	return a.shows(report, report.doc(a.Now()))
}

// shows prints a report, or what a person sees of it.
func (a *app) shows(report any, doc view.Doc) error {
	if a.flags.JSON {
		return a.writeJSON(report)
	}
	return render.Plain(a.Out, doc, render.PlainOptions{Width: a.Width, Color: a.colors(a.OutTTY)})
}

// remembered looks at the memory of the market, and changes nothing.
func (a *app) remembered(ctx context.Context, c *config.Config) (*memoryReport, error) {
	r := &memoryReport{
		Sandbox: c.Sandbox(), On: c.Market.Mirror != config.Off, MaxAge: int(c.Market.MaxAge.Seconds()),
		Place: a.marketPlace(c), Delete: a.marketDelete(c),
	}
	if !shared(c) && r.On {
		if _, err := a.marketPath(); err != nil {
			return nil, err
		}
	}
	if r.On {
		if err := a.survey(ctx, c, r); err != nil {
			return nil, unremembered(r.Place, err)
		}
	}
	r.Summary = r.sentence()
	return r, nil
}

func (a *app) survey(ctx context.Context, c *config.Config, r *memoryReport) error {
	m := a.mirror(c)
	if m == nil {
		return market.ErrNothing
	}
	var newest time.Time
	rows, fresh, due, oldest, err := a.marketStanding(ctx, m, c.Market.MaxAge)
	if errors.Is(err, market.ErrNothing) {
		r.Due = due
		return nil
	}
	if err != nil {
		return err
	}
	err = m.Look(ctx, func(v *market.View) error {
		age, err := v.Age(ctx, a.Now().Add(-c.Market.MaxAge))
		if err != nil {
			return err
		}
		r.Whole, r.Readings, newest = age.Whole, age.Readings, age.Newest
		r.Changes, err = changing(ctx, v)
		return err
	})
	if err != nil {
		return err
	}
	r.Rows, r.Fresh, r.Due = rows, fresh, due
	if rows > 0 {
		r.Coverage = float64(1000*fresh/rows) / 1000
	}
	if !oldest.IsZero() {
		oldest, newest = oldest.Truncate(time.Second), newest.Truncate(time.Second)
		r.Oldest, r.Newest = &oldest, &newest
	}
	r.Bytes, err = a.marketSize(ctx, c)
	return err
}

// marketPlace names where the memory is.
func (a *app) marketPlace(c *config.Config) string {
	if shared(c) {
		return "the database of [store] url, in the tables " + strings.Join(market.Tables(), ", ")
	}
	path, err := a.marketPath()
	if err != nil {
		return ""
	}
	return path
}

// marketDelete says how it is deleted.
func (a *app) marketDelete(c *config.Config) string {
	if shared(c) {
		return "TRUNCATE " + strings.Join(market.Tables(), ", ")
	}
	path, err := a.marketPath()
	if err != nil {
		return ""
	}
	return "rm -f " + shell.Word(path) + " " + shell.Word(path+"-wal") + " " + shell.Word(path+"-shm")
}

// marketSize returns how many bytes it takes.
func (a *app) marketSize(ctx context.Context, c *config.Config) (int64, error) {
	if shared(c) {
		kept, err := a.store(c)
		if err != nil {
			return 0, err
		}
		return kept.MemorySize(ctx)
	}
	path, err := a.marketPath()
	if err != nil {
		return 0, err
	}
	var size int64
	for _, end := range []string{"", "-wal"} {
		info, err := os.Stat(path + end)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return 0, err
		}
		size += info.Size()
	}
	return size, nil
}

func (r *memoryReport) sentence() string {
	switch {
	case !r.On:
		return `Nothing is remembered: [market] mirror is "off".`
	case r.Readings == 0 && r.Rows == 0:
		return "Nothing is remembered yet: what searches read is, and didops market sync reads all of it."
	case r.Oldest == nil:
		return fmt.Sprintf("%s are remembered, of readings that came to no end.", view.Plural(r.Rows, "number"))
	}
	if r.Fresh == r.Rows {
		return view.Plural(r.Rows, "number") + " are remembered, and answer any question without the exchange."
	}
	return fmt.Sprintf("%s are remembered; %s of them answer any question without the exchange (%.1f%%), the others what they were lately read for.",
		view.Plural(r.Rows, "number"), view.Count(r.Fresh), 100*r.Coverage)
}

func perDay(n, days int) string { return view.Count((n + days/2) / days) }

func (r *memoryReport) doc(now time.Time) view.Doc {
	doc := view.Doc{Title: "Memory of the market", Sandbox: r.Sandbox, Summary: r.Summary}
	fields := view.Fields{}
	add := func(label, format string, args ...any) {
		fields = append(fields, view.Field{Label: label, Value: fmt.Sprintf(format, args...)})
	}
	if r.On {
		add("Numbers", "%s", view.Count(r.Rows))
		add("For any question", "%s (%.1f%%), at most %s old", view.Count(r.Fresh), 100*r.Coverage, time.Duration(r.MaxAge)*time.Second)
		add("Parts due", "%s", view.Count(r.Due))
		add("Readings", "%s", view.Count(r.Readings))
		if r.Oldest != nil {
			add("Oldest", "%s, %s ago", r.Oldest.Format(time.RFC3339), now.Sub(*r.Oldest).Truncate(time.Second))
			add("Newest", "%s, %s ago", r.Newest.Format(time.RFC3339), now.Sub(*r.Newest).Truncate(time.Second))
		}
		if c := r.Changes; c.Days > 0 {
			add("Changes a day", "%s came, %s went, %s repriced; all was read on %d of %s", perDay(c.Came, c.Over), perDay(c.Went, c.Over),
				perDay(c.Repriced, c.Over), c.Days, view.Plural(c.Over, "day"))
		}
		add("Size", "%s kB", view.Count(int((r.Bytes+999)/1000)))
	}
	add("Kept in", "%s", r.Place)
	add("To delete it", "%s", r.Delete)
	doc.Blocks = append(doc.Blocks, fields)
	if r.On && r.Rows > 0 && !r.Whole {
		doc.Blocks = append(doc.Blocks, view.Text("Some parts of the market were never read to their end: didops market sync does that."))
	}
	return doc
}
