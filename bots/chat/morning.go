package chat

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"didops/internal/digest/daily"
	"didops/internal/view"
)

const (
	pageApart = time.Minute        // how often it is looked whether a page is due, at least
	pageFor   = 7 * 24 * time.Hour // for how long its controls are answered
	pageActs  = 8                  // lines with a control: more have no room in one message
)

// keepPages tells the morning pages until ctx ends, in the same way as what
// watches found. It returns an error only where the chat refuses the program.
func (s *Service) keepPages(ctx context.Context) error {
	if s.c.Pages == nil || s.c.Pages.Place() == "" {
		return nil
	}
	for ctx.Err() == nil {
		wait := pageApart
		err := s.boundary().Guard(ctx, "a look for the morning page", func() error {
			due, ok, err := s.c.Pages.Wait(ctx)
			if err != nil || !ok || due > 0 {
				wait = min(max(due, time.Second), pageApart)
				return err
			}
			return s.tellPage(ctx)
		})
		if errors.Is(err, ErrUnauthorized) {
			return err
		}
		s.logLimited(ctx, "the morning page", err)
		rest(ctx, wait)
	}
	return nil
}

// pageWithin bounds the making and the sending of a page: the own list is read
// for it.
const pageWithin = 2 * time.Minute

func (s *Service) tellPage(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, pageWithin)
	defer cancel()
	n, ok, err := s.c.Pages.Begin(ctx)
	if err != nil || !ok {
		return err
	}
	place := s.c.Pages.Place()
	id, why, err := "", "", s.c.Port.Check(ctx, place)
	if barred(err) {
		why = err.Error() // in words for people
	} else if id, err = s.postPage(ctx, place, n); barred(err) || errors.Is(err, ErrInvalid) {
		why = inWords(err)
	}
	switch {
	case why != "":
		s.c.Log.Warn().Err(err).Str("channel", place).Msg(s.c.Realm + ": the morning page can't be told where it is to be")
		return s.c.Pages.Refused(ctx, n, why)
	case err != nil:
		return err
	}
	return s.c.Pages.Sent(ctx, n, id)
}

// postPage posts a page unless it is there.
func (s *Service) postPage(ctx context.Context, place string, n daily.News) (string, error) {
	m, nonce := s.morning(ctx, n), s.pageID(n)
	if n.Again {
		id, err := s.c.Port.Find(ctx, place, n.Begun, m.Foot)
		if id != "" || err != nil && !barred(err) {
			return id, err
		}
	}
	id, err := s.c.Port.Post(ctx, place, m, nonce)
	if errors.Is(err, ErrInvalid) {
		s.logLimited(ctx, "the morning page", err)
		id, err = s.c.Port.Post(ctx, place, s.brief(m), nonce)
	}
	return id, err
}

// pageID names a page: no other of the bot has it, whatever exchange it is of.
func (s *Service) pageID(n daily.News) string { return n.ID() + "-" + s.market }

// morning is a page as a message: a row for every line, with the control that
// it leads to, and where it names more than fit, all of them in a file.
func (s *Service) morning(ctx context.Context, n daily.News) Message {
	p := n.Page
	list, whole, acts := &Listing{}, true, controlled(n.Acts)
	for i := range p.Lines {
		l := &p.Lines[i]
		row := ListedRow{Name: l.Say(p.Currency, n.Zone)}
		names, more := l.Names(p.Currency)
		for _, name := range names {
			row.Rest = append(row.Rest, Word{Value: name})
		}
		if more > 0 {
			whole = false
			row.Rest = append(row.Rest, Word{Value: view.Count(more) + " more"})
		}
		if act := n.Acts[i]; acts[i] {
			row.Act = &Button{Label: act.Label, Style: Next, ID: s.controls.lasting(ctx, "call", callState{act.Call.Operation, act.Call.Args, i, s.market}, pageFor)}
		}
		list.Rows = append(list.Rows, row)
	}
	m := Message{
		Title: "This morning", Sandbox: s.c.Gate.Sandboxed(), Listing: list, Mood: Attention, Aside: strings.Join(p.Notes, "\n"),
		Foot: s.pageID(n) + " · a morning page", Small: p.At.In(n.Zone).Format("Monday, 2 January 2006, 15:04 MST"),
	}
	if !whole {
		m.Files = s.fitting(asText("page", daily.Doc(n, true)))
	}
	return m
}

// controlled says which lines have a control: those that ask for an order before
// those that only show more.
func controlled(acts []daily.Act) []bool {
	has, left := make([]bool, len(acts)), pageActs
	for _, orders := range []bool{true, false} {
		for i, act := range acts {
			if !act.IsZero() && act.Orders == orders && left > 0 {
				has[i], left = true, left-1
			}
		}
	}
	return has
}

// callState is a call that a control stands for.
type callState struct {
	Tool   string          `json:"t"`
	Args   json.RawMessage `json:"a"`
	Line   int             `json:"n"` // so that no two controls of a message are the same
	Market string          `json:"x"` // see marketOf
}

// callFor makes the call that a control stands for, as the member who presses,
// and leaves the message that it is on.
func (t *session) callFor(ctx context.Context, ref string) {
	var e callState
	if err := t.controls.get(ctx, ref, &e); err != nil {
		t.refuse(ctx, err)
		return
	}
	tool, ok := t.c.Gate.Catalog().Tool(e.Tool)
	if !ok || !tool.Through(t.c.Frontend) {
		t.refuse(ctx, ErrUnknown)
		return
	}
	for _, err := range []error{t.mayCall(tool), t.elsewhere(e.Market)} {
		if err != nil {
			t.refuse(ctx, err)
			return
		}
	}
	if t.begin(ctx, false) {
		t.perform(ctx, tool, e.Args)
	}
}
