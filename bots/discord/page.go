package discord

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/bwmarrin/discordgo"

	"didops/tools"
)

// maxTrail is how many pages one can go back.
const maxTrail = 50

// cursorParam is the parameter that takes the cursor of a [view.More].
const cursorParam = "cursor"

// page is a call whose result is shown piece by piece, and the way there.
type page struct {
	Tool  string          `json:"t"`
	Args  json.RawMessage `json:"a"`
	Trail []spot          `json:"p,omitempty"` // what was shown, the present page last
}

// spot is where a page begins: a page of the operation, and the first row of
// it that is shown.
type spot struct {
	Cursor string `json:"c,omitempty"`
	From   int    `json:"f,omitempty"`
}

// to is the same call at another trail.
func (p page) to(trail []spot) page {
	p.Trail = slices.Clone(trail[max(0, len(trail)-maxTrail):])
	return p
}

// page is the result of a call as a message, with the controls that lead on.
func (t *interaction) page(p page, tool *tools.Tool, r tools.Result) message {
	here := spot{}
	if n := len(p.Trail); n > 0 {
		here = p.Trail[n-1]
	}
	d := draw(r.Doc, here.From)
	m := message{title: titled(r.Doc), body: d.body, colour: colourOfState(r.State())}
	if !d.whole {
		m.files = t.attachment(tool, r)
	}
	next := spot{Cursor: here.Cursor, From: d.first + d.shown}
	if d.shown == 0 || next.From >= d.total {
		next = spot{Cursor: cursorOf(r.Doc)}
		if _, takes := tool.Param(cursorParam); !takes {
			next = spot{}
		}
	}
	var back, on, all discordgo.Button
	if n := len(p.Trail); n > 1 {
		back = discordgo.Button{Label: "◀ Back", Style: discordgo.SecondaryButton, CustomID: t.held.id("page", p.to(p.Trail[:n-1]))}
	}
	if next != (spot{}) {
		on = discordgo.Button{Label: "More ▶", Style: discordgo.PrimaryButton, CustomID: t.held.id("page", p.to(append(slices.Clone(p.Trail), next)))}
	}
	if tool.Pages() && (back.Label != "" || on.Label != "") {
		all = discordgo.Button{Label: "All as CSV", Style: discordgo.SecondaryButton, CustomID: t.held.id("csv", p.to(nil))}
	}
	m.rows = append(t.rowMenu(tool, r, d), row(back, on, all)...)
	return m
}

// turnPage shows another page in place of the one that the button is on.
func (t *interaction) turnPage(ctx context.Context, ref string) {
	p, tool, ok := t.paged(ctx, ref)
	if !ok || len(p.Trail) == 0 || !t.quietly(ctx) {
		return
	}
	result, err := t.ask(ctx, tool, with(p.Args, cursorParam, p.Trail[len(p.Trail)-1].Cursor), false)
	if err != nil {
		t.refuse(ctx, err)
		return
	}
	t.show(ctx, t.page(p, tool, result))
}

// wholeAsFile sends the whole result as a file.
func (t *interaction) wholeAsFile(ctx context.Context, ref string) {
	p, tool, ok := t.paged(ctx, ref)
	if !ok || !t.later(ctx) {
		return
	}
	result, err := t.ask(ctx, tool, p.Args, true)
	if err != nil {
		t.refuse(ctx, err)
		return
	}
	result.Doc.Blocks = slices.DeleteFunc(slices.Clone(result.Doc.Blocks), isTable)
	t.show(ctx, message{title: titled(result.Doc), body: draw(result.Doc, 0).body, colour: grey, files: t.attachment(tool, result)})
}

// paged finds the call that a control belongs to, or says that there is none.
func (t *interaction) paged(ctx context.Context, ref string) (page, *tools.Tool, bool) {
	var p page
	if !t.held.get(ref, &p) {
		t.refuse(ctx, errForgotten)
		return p, nil, false
	}
	tool, ok := t.Gate.Catalog().Tool(p.Tool)
	if !ok {
		t.refuse(ctx, errUnknown)
		return p, nil, false
	}
	if err := t.mayCall(tool); err != nil {
		t.refuse(ctx, err)
		return p, nil, false
	}
	return p, tool, true
}
