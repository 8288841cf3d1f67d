package order

import (
	"context"
	"fmt"
	"strings"
	"time"

	"didops/internal/identity"
	"didops/internal/order"
	"didops/internal/request"
	"didops/internal/risk"
	"didops/internal/view"
	"didops/tools"
)

// DrillIn is what approvers_drill takes.
type DrillIn struct {
	Report  bool `json:"report,omitempty" jsonschema_description:"Begin none: tell what is known"`
	Minutes int  `json:"minutes,omitempty" jsonschema:"minimum=1,maximum=1440,default=60" jsonschema_description:"How long it asks, 1 to 1440, default 60"`
}

// DrillOut is what a drill comes to.
type DrillOut struct {
	tools.Envelope
	order.DrillReport
}

func drill(orders order.Service) tools.Declaration {
	return tools.Operation[DrillIn, DrillOut]{
		Name: tools.Name{Noun: "approvers", Verb: "drill"}, Title: "Find out who is there", Group: tools.GroupOrders,
		Summary: "Ask everybody who may decide orders whether they are there; report tells who is, and when nobody is.",
		Risk:    risk.Local, Needs: identity.Approver, People: true, Brief: true,
		Examples: []tools.Example{{Says: "who could decide an order now", Args: map[string]any{"report": true}}},
		Run: func(ctx context.Context, in DrillIn) (DrillOut, error) {
			if !in.Report {
				if _, err := orders.Drill(ctx, request.Caller(ctx), time.Duration(in.Minutes)*time.Minute); err != nil {
					return DrillOut{}, err
				}
			}
			report, err := orders.DrillReport(ctx, request.Caller(ctx))
			return DrillOut{DrillReport: report}, err
		},
		View: func(in DrillIn, out DrillOut) view.Doc { return drillDoc(in, out.DrillReport) },
	}
}

// drillDoc tells who is there. Where a drill has just begun nothing is said of
// who has not answered yet.
func drillDoc(in DrillIn, r order.DrillReport) view.Doc {
	doc := view.Doc{Title: "Who is there to decide", Summary: "There was no drill yet."}
	add := func(blocks ...view.Block) { doc.Blocks = append(doc.Blocks, blocks...) }
	if r.Drill != "" {
		doc.Title, doc.Summary = "Drill "+r.Drill, r.Message
		for _, way := range r.AnswerAt {
			add(view.Text(way))
		}
	}
	if len(r.Answered) > 0 {
		t := view.Table{Columns: []view.Column{{Title: "Answered", Loose: true}, {Title: "Where"}, {Title: "After", Right: true}}}
		for _, a := range r.Answered {
			t.Rows = append(t.Rows, []string{view.Quoted(a.Name), identity.RealmOf(a.Realm).Name, (time.Duration(a.After) * time.Second).String()})
		}
		add(t)
	}
	if len(r.Silent) > 0 && in.Report {
		add(view.Notice{Warning: true, Text: "Not heard of: " + strings.Join(r.Silent, ", ") + "."})
	}
	if len(r.CanAct) == 0 {
		add(view.Notice{Warning: true, Text: "By the configuration nobody can decide anything."})
		return doc
	}
	add(actors(r.CanAct))
	if in.Report {
		add(hours(r)...)
	}
	return doc
}

// actors is who can decide by the configuration.
func actors(list []order.Actor) view.Table {
	t := view.Table{Columns: []view.Column{{Title: "Can decide", Loose: true}, {Title: "Where", Loose: true}, {Title: "Now"}}}
	for _, a := range list {
		var where []string
		for _, realm := range a.Realms {
			where = append(where, identity.RealmOf(realm).Name)
		}
		now := ""
		if a.Away {
			now = "away"
			if !a.Until.IsZero() {
				now += " until " + a.Until.Format("2 Jan 15:04 UTC")
			}
		}
		if len(a.For) > 0 {
			now = strings.TrimPrefix(now+", for "+strings.Join(a.For, ", "), ", ")
		}
		t.Rows = append(t.Rows, []string{a.Name, strings.Join(where, ", "), now})
	}
	return t
}

// hours says when nobody is there.
func hours(r order.DrillReport) []view.Block {
	known := "What was decided in the last 90 days tells nothing of hours: too little was."
	if r.Known > 0 {
		known = fmt.Sprintf("%s since %s are known.", view.Plural(r.Known, "decision"), r.Since.Format(time.DateOnly))
	}
	if len(r.Nobody) == 0 {
		return []view.Block{view.Text("No hour of the week is known to have nobody. " + known)}
	}
	t := view.Table{Columns: []view.Column{{Title: "Nobody (" + r.Zone + ")"}, {Title: "Why", Loose: true, Prose: true}}}
	for _, n := range r.Nobody {
		t.Rows = append(t.Rows, []string{n.Hours, n.Why})
	}
	return []view.Block{t, view.Text(known)}
}
