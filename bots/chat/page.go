package chat

import (
	"context"
	"encoding/json"
	"slices"

	"didops/internal/view"
	"didops/tools"
)

// maxTrail is how many pages one can go back.
const maxTrail = 50

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
	Before int    `json:"n,omitempty"` // rows on the pages before
}

// to is the same call at another trail.
func (p page) to(trail []spot) page {
	p.Trail = slices.Clone(trail[max(0, len(trail)-maxTrail):])
	return p
}

// here is where the present page begins.
func (p page) here() spot {
	if n := len(p.Trail); n > 0 {
		return p.Trail[n-1]
	}
	return spot{}
}

// result is the result of a call as a message, with the controls that lead on.
func (t *session) result(ctx context.Context, p page, tool *tools.Tool, r tools.Result) Message {
	if len(tool.RowActions()) > 0 {
		return t.listing(ctx, p, tool, r)
	}
	return t.page(ctx, p, tool, r)
}

// page is a result whose rows nothing can be done with.
func (t *session) page(ctx context.Context, p page, tool *tools.Tool, r tools.Result) Message {
	here := p.here()
	d := t.c.Port.Draw(r.Doc, here.From)
	m := Message{Title: r.Doc.Title, Sandbox: r.Doc.Sandbox, Body: d.Text, Mood: MoodOf(r.State())}
	if !d.Whole && !d.Spare {
		if m.Files = t.attachment(tool, r); len(m.Files) > 0 {
			m.Aside = theWhole
		}
	}
	m.Files = append(m.Files, t.pictures(r.Doc)...)
	next := spot{Cursor: here.Cursor, From: d.First + d.Shown}
	if d.Shown == 0 || next.From >= d.Total {
		next = spot{}
		if tool.Paging().Cursor != "" {
			next.Cursor = cursorOf(r.Doc)
		}
	}
	if n := len(p.Trail); n > 1 {
		m.Buttons = append(m.Buttons, Button{Label: "◀ Back", ID: t.controls.id(ctx, "page", p.to(p.Trail[:n-1]))})
	}
	if next != (spot{}) {
		m.Buttons = append(m.Buttons, Button{Label: "More ▶", Style: Next, ID: t.controls.id(ctx, "page", p.to(append(slices.Clone(p.Trail), next)))})
	}
	if tool.Pages() && len(m.Buttons) > 0 {
		m.Buttons = append(m.Buttons, Button{Label: "All as CSV", ID: t.controls.id(ctx, "csv", p.to(nil))})
	}
	return m
}

// turnPage shows another page in place of the one that the button is on.
func (t *session) turnPage(ctx context.Context, ref string) {
	p, tool, ok := t.paged(ctx, ref)
	if !ok || len(p.Trail) == 0 || !t.begin(ctx, true) {
		return
	}
	result, err := t.ask(ctx, tool, with(p.Args, tool.Paging().Cursor, p.here().Cursor), false)
	if err != nil {
		t.refuse(ctx, err)
		return
	}
	t.show(ctx, t.result(ctx, p, tool, result))
}

// wholeAsFile sends the whole result as a file.
func (t *session) wholeAsFile(ctx context.Context, ref string) {
	if p, tool, ok := t.paged(ctx, ref); ok {
		t.sendWhole(ctx, tool, p.Args)
	}
}

func (t *session) sendWhole(ctx context.Context, tool *tools.Tool, args json.RawMessage) {
	if !t.begin(ctx, false) {
		return
	}
	result, err := t.ask(ctx, tool, args, true)
	if err != nil {
		t.refuse(ctx, err)
		return
	}
	result.Doc.Blocks = slices.DeleteFunc(slices.Clone(result.Doc.Blocks), isTable)
	drawn := t.c.Port.Draw(result.Doc, 0)
	m := Message{Title: result.Doc.Title, Sandbox: result.Doc.Sandbox, Body: drawn.Text, Files: t.attachment(tool, result)}
	if !drawn.Whole {
		m.Files, m.Aside = append(m.Files, t.fitting(asText(fileName(tool), result.Doc))...), theWhole
	}
	t.show(ctx, m)
}

// paged finds the call that a control belongs to, or says that there is none.
func (t *session) paged(ctx context.Context, ref string) (page, *tools.Tool, bool) {
	var p page
	if err := t.controls.get(ctx, ref, &p); err != nil {
		t.refuse(ctx, err)
		return p, nil, false
	}
	tool, ok := t.c.Gate.Catalog().Tool(p.Tool)
	if !ok {
		t.refuse(ctx, ErrUnknown)
		return p, nil, false
	}
	if err := t.mayCall(tool); err != nil {
		t.refuse(ctx, err)
		return p, nil, false
	}
	return p, tool, true
}

// cursorOf returns where the next page of a Doc begins, "" for none.
func cursorOf(d view.Doc) string {
	for _, b := range d.Blocks {
		if more, ok := b.(view.More); ok {
			return more.Cursor
		}
	}
	return ""
}
