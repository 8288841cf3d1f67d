package exchange

import "context"

// Writer is what the operations that need an approval require of the
// exchange. Implementations are safe for concurrent use.
//
// Each of Purchase, Update and Unsubscribe sends exactly one request that
// could change something. A nil error means that the exchange answered
// "success". An error is a fault: marked [fault.ErrNothingDone] where it
// proves that nothing was done; Invalid where nothing was sent because of the
// parameters; Refused where the exchange said no; UnknownOutcome where the
// request may have left and no answer came that can be trusted.
type Writer interface {
	// FindOffers returns every offer of exactly this number; one number may be
	// offered under several ids. Only a complete reading proves that something
	// is not there. Errors are those of [Reader].
	FindOffers(ctx context.Context, digits string) ([]Offer, Reading, error)
	// FindOwned returns the purchased rows of exactly this number, likewise.
	FindOwned(ctx context.Context, digits string) ([]Owned, Reading, error)
	// Purchase buys the number p.ID.
	Purchase(ctx context.Context, p Purchase) error
	// Update sets both routing addresses of the purchased number u.ID.
	Update(ctx context.Context, u Update) error
	// Unsubscribe gives the purchased number with this id back to the market.
	Unsubscribe(ctx context.Context, id string) error
}

// Purchase is what buying a number takes.
type Purchase struct {
	ID          string // the exchange's id, of the offer
	Account     int64  // that is billed
	Contact     string // sip:…; where calls go; "" = not sent
	SMPPContact string // smpp:…; where messages go; "" = not sent; holds a password
}

// Update is what re-routing an own number takes. Both addresses are sent, so
// both must hold what is to stand there afterwards.
type Update struct {
	ID          string // the exchange's id, of the own row
	Contact     string
	SMPPContact string // holds a password
}

// Messenger writes to sellers. Implementations are safe for concurrent use.
type Messenger interface {
	// SendMessage sends exactly one message and returns the number that the
	// exchange gives it, which is the only proof that there is: nothing that can
	// be read shows messages that were sent. Errors are those of [Writer].
	SendMessage(ctx context.Context, m Message) (id string, err error)
}

// Message is what goes to a seller.
type Message struct {
	Vendor  string // the seller's id
	Subject string // one line
	Text    string // may have several
}
