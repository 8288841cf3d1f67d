package chat

import (
	"context"
	"errors"

	"didops/internal/fault"
	"didops/tools"
)

// ErrUnknown answers controls and commands that are not ours any more: a
// message of another version, or one from before a change.
var ErrUnknown = fault.New(fault.NotFound, "this belongs to another version of the program").WithHint("run the command again")

// errForgotten answers controls whose state is not known any more.
var errForgotten = fault.New(fault.Expired, "this list is too old").WithHint("run the command again")

// Request is something that a member does and that is answered: a command, a
// letter of one, a control, a form.
type Request struct {
	ID    string // for the log
	User  User
	Place string // where it was done
	// Message is the id of the message that a control is on; "" = none.
	Message string
	// Private reports whether the message that a control is on is seen by its
	// user only.
	Private bool
	// Lacks names the permissions that cards need and that the program does not
	// have in the place; none where that is not told.
	Lacks []string
	Reply Reply
}

// Reply answers one request. It is used by one goroutine, but for Tell. An
// error says that the member was not shown it; it is logged and changes
// nothing.
type Reply interface {
	// Begin announces an answer, before there is one, and reports whether there
	// is somebody to go on for: what could not be announced is not begun. If
	// aside, the message that a control is on stays as it is unless Show comes,
	// and Refuse adds a further one. Else the answer is a new message that only
	// the member sees.
	Begin(ctx context.Context, aside bool) bool
	// Show puts a message in place of what was announced.
	Show(ctx context.Context, m Message) error
	// Tell says meanwhile how far it is.
	Tell(ctx context.Context, text string) error
	// Say adds a message of the program's own that everybody sees, and returns
	// its id in the place of the request; "" where that is not told.
	Say(ctx context.Context, m Message) (id string, err error)
	// Ask opens a form, in place of an announcement.
	Ask(ctx context.Context, f Form)
	// Open returns a file that was put into an input of a form, by what was
	// submitted for the input; an error has a fault.
	Open(ctx context.Context, submitted string) (name string, data []byte, err error)
	// Refuse says to the member, and to nobody else, why there is no result:
	// errors are a [*RoleError] or have a fault.
	Refuse(ctx context.Context, err error)
}

// session is one request that is being answered.
type session struct {
	*Service
	request Request
	who     member
	aside   bool // the request is answered aside

	file *tools.Document // that goes with the call; nil = none
}

// session begins to answer a request; not ok where its user is not answered
// but for the reason.
func (s *Service) session(ctx context.Context, r Request) (t *session, ok bool) {
	who, err := s.admit(r.User)
	if err != nil {
		r.Reply.Refuse(ctx, err)
		return nil, false
	}
	return &session{Service: s, request: r, who: who}, true
}

// begin announces an answer.
func (t *session) begin(ctx context.Context, aside bool) bool {
	t.aside = aside
	return t.request.Reply.Begin(ctx, aside)
}

// refuse says why there is no result, without what is of the machine only.
func (t *session) refuse(ctx context.Context, err error) {
	if f, ok := fault.As(err); ok {
		if told := f.Outside(); told.Message != f.Message || told.Hint != f.Hint {
			err = told
		}
	}
	t.request.Reply.Refuse(ctx, err)
}

// show puts a message in place of the one that answers the request.
func (t *session) show(ctx context.Context, m Message) { t.unshown(ctx, t.put(ctx, m)) }

// put is show for whoever wants to know whether it is there. What the chat
// refuses as it is, is said shortly instead.
func (t *session) put(ctx context.Context, m Message) error {
	err := t.request.Reply.Show(ctx, m)
	if errors.Is(err, ErrInvalid) {
		t.unshown(ctx, err)
		err = t.request.Reply.Show(ctx, t.brief(m))
	}
	return err
}

func (t *session) unshown(ctx context.Context, err error) {
	if err != nil {
		t.c.Log.Warn().Ctx(ctx).Err(err).Str("interaction", t.request.ID).Msg(t.c.Realm + ": a result could not be shown")
	}
}

// call is a call of the gate by the member.
func (t *session) call(tool string) tools.Call {
	return tools.Call{Tool: tool, Frontend: t.c.Frontend, Principal: t.who.principal}
}
