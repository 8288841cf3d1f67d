package shell

import (
	"context"
	"io"
	"strings"

	"didops/internal/fault"
	"didops/internal/order"
	"didops/internal/render"
	"didops/tools"
)

// decide asks the person at the terminal the question that a result brings
// with it, and returns what became of the order. Whatever is not an approval
// decides nothing and leaves the order as it is. Where nobody can be asked,
// that is so as well, except for a call that is about nothing else: it ends
// in a Forbidden fault.
func (v *verb) decide(ctx context.Context, gate *tools.Gate, call tools.Call, r tools.Result) (tools.Result, error) {
	if refusal := v.mayAsk(); refusal != nil {
		if v.tool.Decides() {
			return tools.Result{}, refusal
		}
		if v.Agent != "" || v.fed {
			v.say("Nobody was asked: " + line(refusal.Message) + ".")
		}
		return r, nil
	}
	q := *r.Question
	typed, approved := v.ask(ctx, q)
	if v.OutTTY {
		defer v.say("") // the result follows on the same screen
	}
	if !approved {
		return v.below(v.undecided(ctx, gate, call, r)), nil
	}
	p := v.watch(&call)
	defer p.close()
	// What was approved is carried out to its end: a first interrupt changes
	// nothing, a second one ends the program.
	stop := context.AfterFunc(ctx, func() {
		p.say("The order is being carried out; a second Ctrl-C leaves it to be settled.")
	})
	defer stop()
	r, err := gate.Decide(context.WithoutCancel(ctx), q.Order, call, tools.Answer{Reply: tools.Yes, Typed: typed, Reason: v.why()})
	return v.below(r), err
}

// below leaves out of a result the terms that stand above it on the same
// screen.
func (v *verb) below(r tools.Result) tools.Result {
	if v.OutTTY {
		r.Doc = r.Outcome
	}
	return r
}

// mayAsk reports why no approval is taken here; nil if one is.
func (v *verb) mayAsk() *fault.Error {
	if v.fed && v.Agent == "" {
		return fault.New(fault.Forbidden, "standard input was the list, so nobody could answer there")
	}
	return v.Attended("an approval", "no approval is taken")
}

// Attended reports why what only a person may do can't be done here; nil where
// somebody is at a terminal that is no assistant's. what is what needs a person,
// and not what an assistant's shell does not do: "no approval is taken".
func (c Config) Attended(what, not string) *fault.Error {
	switch {
	case c.Agent != "":
		return fault.New(fault.Forbidden, "this is an assistant's shell (%s is set), where %s", line(c.Agent), not).
			WithHint("run it in a terminal of your own; this is a speed bump, not a wall: it stops an assistant by mistake, not one that means to")
	case c.In == nil || !c.ErrTTY:
		return fault.New(fault.Forbidden, "%s needs a person at a terminal: standard input and standard error must be one", what).
			WithHint("run it in a terminal, without a pipe or a file in their place; no flag says yes")
	}
	return nil
}

// ask puts the card and the question before the person, and returns what was
// typed and whether that approves. Nothing counts that was typed before the
// question was there, and nothing that comes after the end of ctx.
func (s *shell) ask(ctx context.Context, q order.Question) (typed string, approved bool) {
	look := render.PlainOptions{Width: s.errWidth(), Color: s.ErrColor && !s.Globals.NoColor}
	if render.Plain(s.Err, q.Card, look) != nil {
		return "", false // what can't be seen is not approved
	}
	if s.In.Discard() != nil {
		s.say("\nWhat was typed before can't be told from an answer here, so nothing is asked.")
		return "", false
	}
	if _, err := io.WriteString(s.Err, "\n"+prompt(q)); err != nil {
		return "", false
	}
	typed, err := s.In.ReadLine(ctx)
	if err != nil || ctx.Err() != nil {
		s.say("") // the cursor stands behind the question
		return "", false
	}
	if approved = approves(q, typed); !approved && q.Want != "" && strings.TrimSpace(typed) != "" {
		s.say("That is not " + line(q.Where) + ".")
	}
	return typed, approved
}

// prompt is the question as it stands before the cursor.
func prompt(q order.Question) string {
	if q.Want == "" {
		return line(q.Text) + " [y/N] "
	}
	return line(q.Text) + "\nTo do so, type " + line(q.Where) + ": "
}

func approves(q order.Question, typed string) bool {
	if q.Want != "" {
		return q.Accepts(typed)
	}
	word := strings.ToLower(strings.TrimSpace(typed))
	return word == "y" || word == "yes"
}

// undecided says that nothing was decided and how somebody still can, and
// returns the order as it is by now: it may have been decided elsewhere, or
// be out of time.
func (v *verb) undecided(ctx context.Context, gate *tools.Gate, call tools.Call, r tools.Result) tools.Result {
	q := *r.Question
	if now, err := gate.Order(context.WithoutCancel(ctx), q.Order, call); err == nil {
		r = now
	}
	if r.State() != order.Pending {
		v.say("Nothing was decided here: " + line(q.Order) + " is " + string(r.State()) + ".")
		return r
	}
	v.say("Nothing was decided: " + line(q.Order) + " waits until " + moment(q, *r.Order) + ".")
	if v.csv || (v.OutTTY && !v.Globals.JSON) {
		return r // the ways follow with the result, on the same screen
	}
	for _, way := range r.Order.ApproveAt {
		v.say("  " + line(way)) // whole: it may hold a command to copy
	}
	return r
}

// moment returns until when a decision counts, with the day where that is not
// the one of the request.
func moment(q order.Question, o order.Order) string {
	const day, clock = "2006-01-02", "15:04:05 UTC"
	until := q.Until.UTC()
	if until.Format(day) != o.CreatedAt.UTC().Format(day) {
		return until.Format(day + " " + clock)
	}
	return until.Format(clock)
}

// why returns the reason that was given with a decision. That of a request is
// the requester's, and not the one of who approves it.
func (v *verb) why() string {
	if reason := v.held["reason"]; v.tool.Decides() && reason != nil {
		return reason.String()
	}
	return ""
}

// say writes a line to the person. Errors are ignored: it adds to a result
// that goes elsewhere.
func (s *shell) say(text string) { _, _ = io.WriteString(s.Err, text+"\n") }
