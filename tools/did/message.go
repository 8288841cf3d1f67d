package did

import (
	"cmp"
	"context"
	"strings"
	"unicode/utf8"

	"didops/internal/exchange"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/order"
	"didops/internal/phone"
	"didops/internal/risk"
	"didops/internal/sanitize"
	"didops/internal/sipaddr"
	"didops/internal/view"
	"didops/tools"
)

// MessageOperation is the operation that writes to sellers. Installations that
// allow no messages do not offer it.
const MessageOperation = "did_message"

// Bounds of a message, in characters: a card shows all of it.
const (
	mostSubject = 100
	mostText    = 700
)

// MessageIn is what did_message takes.
type MessageIn struct {
	Numbers []string `json:"numbers" jsonschema:"minItems=1,maxItems=1000" jsonschema_description:"Own E.164 numbers, a message each"`
	Subject string   `json:"subject" jsonschema:"minLength=1,maxLength=100" jsonschema_description:"One line"`
	Text    string   `json:"text" jsonschema:"minLength=1,maxLength=700" jsonschema_description:"{number} stands for the number"`
	Reason  string   `json:"reason,omitempty" jsonschema_description:"For who decides"`
}

func (d *writeOps) messageOperation(numbers tools.Completer) tools.Declaration {
	return tools.Write[MessageIn]{
		Name:    tools.Name{Noun: "did", Verb: "message"},
		Title:   "Ask to write to sellers",
		Summary: "Write to the sellers of own numbers, as about documents. Nothing is sent until a person approves.",
		Hint:    "message the seller of a phone number: ask the vendor about documents or verification, once a person approves",
		Risk:    risk.Change,
		Apart:   true,
		Kind:    "message",
		Wording: order.Wording{
			Question: func(o order.Order) string { return "Write to " + sellersOf(o) + "?" },
			Outcome:  func(o order.Order) string { return "Write to " + sellersOf(o) },
			Past:     "written about", Confirm: order.ConfirmYes,
			Words: sellersWords(),
		},
		Examples: []tools.Example{
			{Says: "ask a seller which documents a number needs", Args: map[string]any{
				"numbers": []string{"+971501234567"}, "subject": "Documents for {number}", "text": "Which documents do you need for {number}?",
			}},
		},
		Complete: map[string]tools.Completer{"numbers": numbers},
		Notes:    map[string]tools.ParamNote{"numbers": d.mostNumbers},
		Lists:    map[string]tools.ListReader{"numbers": numbersIn},
		Identify: d.identifyMessage, Quote: d.quoteMessage, Requote: d.requoteMessage,
		Deliver: d.message, Reconcile: reconcileMessage, DrawTerms: messageTermsView, Describe: describeMessage,
		Summarize: messageBrief,
		Gist:      messageGist, Onward: messageOnward,
		Notices: messageNotices,
	}
}

// sellersOf says to whom the messages of an order go.
func sellersOf(o order.Order) string {
	if len(o.Lines) == 1 {
		return "the seller of " + o.Numbers()
	}
	return "the sellers of " + o.Numbers()
}

// What the facts and terms of a message are called.
const (
	factSeller  = "vendor_id"
	termSubject = "subject"
	termText    = "text"
)

// letter returns subject and text as they would be sent but for the number: what
// nobody sees is taken out of them, so that what is shown is what is sent. One
// that is empty or too long, or holds a secret, is Invalid.
func (d *writeOps) letter(in MessageIn) (subject, text string, err error) {
	subject = legible(in.Subject)
	var lines []string
	for line := range strings.Lines(in.Text) {
		lines = append(lines, legible(line))
	}
	text = strings.Trim(strings.Join(lines, "\n"), "\n")
	for _, part := range []struct {
		name, is string
		most     int
	}{{termSubject, subject, mostSubject}, {termText, text, mostText}} {
		switch n := utf8.RuneCountInString(part.is); {
		case n == 0:
			return "", "", fault.New(fault.Invalid, "%s is empty", part.name).WithField(part.name)
		case n > part.most:
			return "", "", fault.New(fault.Invalid, "%s is longer than %d characters", part.name, part.most).WithField(part.name)
		case d.Routing.Secret != nil && d.Routing.Secret(part.is):
			return "", "", fault.New(fault.Invalid, "%s holds a secret of the configuration", part.name).WithField(part.name)
		}
	}
	return subject, text, nil
}

// legible returns a line without what can't be seen, and with the quotation marks
// that quotations are shown with made plain.
func legible(line string) string {
	return view.Unquoted(view.Quoted(sanitize.Clean(line, len(line))))
}

// identifyMessage refuses where messages are not allowed.
func (d *writeOps) identifyMessage(in MessageIn, _ identity.Caller) (order.IdempotencyKey, error) {
	if d.Messenger == nil {
		return order.IdempotencyKey{}, errNoMessages()
	}
	digits, err := digitsOf(in.Numbers)
	if err != nil {
		return order.IdempotencyKey{}, err
	}
	subject, text, err := d.letter(in)
	if err == nil {
		err = nameless(digits, subject+"\n"+text)
	}
	return order.IdempotencyKey{Numbers: digits, Terms: terms(subject, text)}, err
}

// nameless refuses a letter to several sellers that names one of the numbers: all
// of them would read it.
func nameless(digits []string, letter string) error {
	for _, one := range digits {
		if len(digits) > 1 && strings.Contains(letter, one) {
			return fault.New(fault.Invalid, "text names %s, and would go to the sellers of all the numbers", phone.Format(one)).
				WithField(termText).WithHint("write {number} in its place")
		}
	}
	return nil
}

func (d *writeOps) quoteMessage(ctx context.Context, in MessageIn, _ identity.Caller) (order.Quote, error) {
	digits, err := digitsOf(in.Numbers)
	if err != nil {
		return order.Quote{}, err
	}
	subject, text, err := d.letter(in)
	if err != nil {
		return order.Quote{}, err
	}
	find, err := d.finder(ctx, digits)
	if err != nil {
		return order.Quote{}, err
	}
	list, err := lines(ctx, digits, func(ctx context.Context, digits string) (order.Line, error) {
		row, err := ownRow(ctx, find, "numbers", digits)
		if err != nil {
			return order.Line{}, err
		}
		if row.VendorID == "" {
			return order.Line{}, fault.New(fault.Invalid, "the exchange does not say who sells %s, so nobody can be written to", phone.Format(digits)).
				WithField("numbers").WithHint("write to the seller in the exchange's portal")
		}
		l := messageLine(&row)
		l.Terms = []order.Fact{
			{Name: termSubject, Value: sipaddr.Written(subject, phone.Format(digits))},
			{Name: termText, Value: sipaddr.Written(text, phone.Format(digits))},
		}
		return l, nil
	})
	if err != nil {
		return order.Quote{}, err
	}
	return order.Quote{Lines: list, Notices: []string{noWayBack}}, nil
}

// noWayBack is what a person must know first.
const noWayBack = "A message can't be taken back, and no list shows whether it was sent."

// shownTerm writes a term of all lines as a quotation, of several with the mark in
// place of their numbers. Breaks between lines are shown as signs.
func shownTerm(list []order.Line, name string) string {
	text := list[0].Term(name)
	if len(list) > 1 {
		text = strings.ReplaceAll(text, phone.Format(list[0].Number), sipaddr.Mark)
	}
	return view.Quoted(strings.ReplaceAll(text, "\n", " ⏎ "))
}

// messageLine begins the line of a message: what counts of a number for who
// writes to its seller, and nothing that may change without mattering.
func messageLine(o *exchange.Owned) order.Line {
	return order.Line{
		Number: o.Digits, ID: o.ID, Country: o.Country, DueNow: free(), Documents: documentsOf(&o.Number),
		Facts: []order.Fact{
			{Name: factOwned, Value: yes},
			{Name: "number", Value: o.Digits},
			{Name: "i_did", Value: o.ID},
			{Name: "vendor", Value: o.Vendor},
			{Name: factSeller, Value: o.VendorID},
		},
	}
}

func (d *writeOps) requoteMessage(ctx context.Context, l order.Line) (order.Line, error) {
	row := new(exchange.Owned)
	now, err := d.requoted(ctx, l, row)
	if err != nil || now.Gone != "" {
		return now, err
	}
	now = messageLine(row)
	now.Terms = l.Terms
	return now, nil
}

// message sends a line's message. Its proof is the number that the exchange gives
// it.
func (d *writeOps) message(ctx context.Context, l order.Line) (proof string, err error) {
	if d.Messenger == nil { // no more, since it was approved
		return "", errNoMessages()
	}
	id, err := d.Messenger.SendMessage(ctx, exchange.Message{Vendor: l.Fact(factSeller), Subject: l.Term(termSubject), Text: l.Term(termText)})
	if err != nil {
		return "", err
	}
	return "the exchange has taken it as message " + id, nil
}

// errNoMessages is the fault of an installation that allows no messages. Nothing
// was sent.
func errNoMessages() error {
	return fault.New(fault.Forbidden, "messages to sellers are not allowed here").
		WithHint("set [exchange] messages = true").WithCause(fault.ErrNothingDone)
}

// reconcileMessage has nothing to look at.
func reconcileMessage(context.Context, order.Line) (order.Evidence, error) {
	return unclear("no list shows the messages that were sent"), nil
}

// messageTermsView shows to whom what would be written.
func messageTermsView(q order.Quote) []view.Block {
	letter := fields("Subject", shownTerm(q.Lines, termSubject), "Text", shownTerm(q.Lines, termText))
	if len(q.Lines) == 1 {
		l := q.Lines[0]
		return []view.Block{append(fields("Number", phone.Format(l.Number), labelCountry, l.Country, labelVendor, seller(l)), letter...)}
	}
	table := view.Table{Columns: []view.Column{{Title: "Number"}, {Title: "Country", Country: true}, {Title: labelVendor, Loose: true}}}
	for _, l := range q.Lines {
		table.Rows = append(table.Rows, []string{phone.Format(l.Number), l.Country, seller(l)})
	}
	return []view.Block{letter, table}
}

func describeMessage(l order.Line) order.LineTerms {
	return order.LineTerms{Country: l.Country, Vendor: l.Fact("vendor"), Subject: l.Term(termSubject), Text: l.Term(termText)}
}

// seller names who is written to, by the exchange's number where there is no name.
func seller(l order.Line) string {
	return cmp.Or(view.Quoted(l.Fact("vendor")), "seller "+l.Fact(factSeller))
}

// messageBrief says to whom what would be written, all of it.
func messageBrief(q order.Quote) order.Brief {
	return order.Brief{Danger: "It can't be taken back.", Covers: []string{noWayBack}, Changes: []view.Fields{
		fields("To", distinct(q.Lines, ", ", seller), "Subject", shownTerm(q.Lines, termSubject), "Text", shownTerm(q.Lines, termText)),
	}}
}

// messageGist says the same of one number.
func messageGist(l order.Line) order.Gist {
	letter := func(name string) string { return view.Quoted(strings.ReplaceAll(marked(l, name), "\n", " ⏎ ")) }
	return order.Gist{
		Country: l.Country, Parts: []string{seller(l), papers(l.Documents)},
		Routes: fields("Subject", letter(termSubject), "Text", letter(termText)),
	}
}

// messageOnward asks for what was not sent, where all got the same text.
func messageOnward(left []order.Rest) order.Onward {
	in := MessageIn{Numbers: numbersOf(left)}
	for _, l := range left {
		subject, text := marked(l.Line, termSubject), marked(l.Line, termText)
		if in.Text != "" && (subject != in.Subject || text != in.Text) {
			return order.Onward{}
		}
		in.Subject, in.Text = subject, text
	}
	return order.Onward{Left: len(left), Again: call(MessageOperation, in)}
}

// marked returns a term with the mark in place of the line's number.
func marked(l order.Line, name string) string {
	return strings.ReplaceAll(l.Term(name), phone.Format(l.Number), sipaddr.Mark)
}
