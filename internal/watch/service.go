package watch

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"didops/internal/audit"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/lease"
	"didops/internal/transaction"
	"didops/internal/view"
)

// Config is what a [Service] is made of.
type Config struct {
	Store    Store  // needed
	Market   Market // needed
	Exchange string // whose watches they are; needed
	Currency string // of amounts

	Place  string                   // where what was added elsewhere is told; "" = nowhere
	Closed []string                 // places that take no watch: they are for something else
	Silent bool                     // there is no chat: nothing is told, but listed
	People func() []identity.Person // who is the same person, as it is now; nil = nobody is
	Leases lease.Store              // who looks at the market; nil = this process alone
	Now    func() time.Time         // needed
	Log    zerolog.Logger           // the zero Logger logs nothing
	NewID  func() string            // nil = random ones
	Every  time.Duration            // the least between two looks; 0 = 5 s
}

// Service keeps watches, looks at the market for them, and is the [Feed] of what
// they found. Safe for concurrent use, by several processes.
type Service struct {
	c    Config
	news chan struct{} // something may be to be told
	told atomic.Int64  // hits, by this process
}

// New returns a service. It does nothing by itself; see Run.
func New(c Config) *Service {
	if c.NewID == nil {
		c.NewID = func() string { return "w-" + strings.ToLower(rand.Text()[:10]) }
	}
	if c.Every == 0 {
		c.Every = 5 * time.Second
	}
	return &Service{c: c, news: make(chan struct{}, 1)}
}

// now is a moment as the store keeps it.
func (s *Service) now() time.Time { return s.c.Now().UTC().Truncate(time.Microsecond) }

// Wish is a watch to be added.
type Wish struct {
	Watch

	By   identity.Caller
	Here string // where in the chat it was asked for; "" = elsewhere
}

// Added is what comes of adding a watch.
type Added struct {
	Watch    Watch
	Coverage Coverage
	Fit      int    // how many numbers fit now, which are no news
	Cheapest *Offer // nil = none fits
	Kind     Kind   // what that compares to
}

// Add keeps a watch, of which Name, Filter, Words, Until, Quiet, PerDay and Place
// are given. What fits at the moment is known from the start. A name that its
// owner has already, or one watch too many, is a Conflict; a place that the caller
// may not have told in is Forbidden; what can't be kept as it is, is Invalid.
func (s *Service) Add(ctx context.Context, wish Wish) (Added, error) {
	w := wish.Watch
	if w.Name = clean(w.Name); w.Name == "" {
		return Added{}, fault.New(fault.Invalid, "the watch has no name").WithField("name").WithHint("a few words, such as uae-freephone")
	}
	var err error
	if w.Place, err = s.place(wish); err != nil {
		return Added{}, err
	}
	w.ID, w.Exchange, w.Created = s.c.NewID(), s.c.Exchange, s.now()
	who := wish.By.Principal
	w.Owner = identity.Party{Realm: who.Realm, ID: who.ID, Name: clean(who.Name)}
	err = s.c.Store.Read(ctx, func(tx Tx) error {
		_, err := admit(tx, w)
		return err
	})
	if present(err) != nil {
		return Added{}, err
	}
	f, err := s.find(ctx, &w, nil)
	if err != nil {
		return Added{}, err
	}
	if len(f.fits) > MaxNow {
		return Added{}, fault.New(fault.Invalid, "%s fit it now, more than anybody wants to be told of: a watch takes %s at most",
			view.Plural(len(f.fits), "number"), view.Count(MaxNow)).WithHint("narrow it down, such as by max_monthly_fee or pattern")
	}
	w.Known, w.Settled = Set{}.compare(f.fits, nil, f.Complete, false, w.Created, w.Created).next, f.Complete
	out := Added{Watch: w, Coverage: f.Coverage, Fit: len(f.fits), Cheapest: f.cheapest}
	if f.cheapest != nil {
		if out.Kind, err = s.c.Market.Kind(ctx, f.cheapest.Country, f.cheapest.Type); err != nil {
			return Added{}, err
		}
	}
	return out, s.c.Store.Write(ctx, func(tx Tx) error {
		old, err := admit(tx, w)
		if err == nil && old != nil {
			err = s.replace(tx, *old, wish.By)
		}
		if err == nil {
			err = tx.Insert(w)
		}
		if err != nil {
			return err
		}
		return s.record(tx, "watch added", &wish.By, w, "")
	})
}

// replace removes a watch that is over and whose name is wanted.
func (s *Service) replace(tx Tx, old Watch, by identity.Caller) error {
	if _, err := tx.Remove(old.ID); err != nil {
		return err
	}
	return s.record(tx, "watch removed", &by, old, "it was over, and another is added under its name")
}

// place is where a watch is told. Who is not at the machine has it told where they
// are, or where everything is: a bot may write where they may not.
func (s *Service) place(wish Wish) (string, error) {
	const setting = "the operator chooses one for all with [discord] watch_channel"
	refused := func(code fault.Code, why, hint string) (string, error) {
		return "", fault.New(code, "%s", why).WithField("channel").WithHint("%s", hint)
	}
	asked := cmp.Or(wish.Place, wish.Here)
	switch {
	case s.c.Silent && wish.Place != "":
		return refused(fault.Invalid, "there is no Discord bot to tell it in a channel", "leave channel out: what is found is listed")
	case s.c.Silent:
		return "", nil
	case asked == "" || asked == s.c.Place:
		return s.c.Place, nil
	case slices.Contains(s.c.Closed, asked):
		return refused(fault.Forbidden, "that channel is for something else, and takes no watch", "choose another channel")
	case asked == wish.Here || everywhere(wish.By):
		return asked, nil
	case wish.Here != "":
		return refused(fault.Forbidden, "a watch is told where it is added, and in no other channel", "add it in that channel; "+setting)
	}
	return refused(fault.Forbidden, "only who is at the machine may name a channel", "leave channel out; "+setting)
}

// everywhere reports whether a caller is at the machine.
func everywhere(by identity.Caller) bool {
	return identity.RealmOf(by.Principal.Realm).Sees == identity.SeesEverything
}

// admit refuses a watch of a name that is taken, and one too many. What is over
// does not count; it returns the one of that name, whose place is free.
func admit(tx Tx, w Watch) (old *Watch, err error) {
	all, err := tx.Heads(w.Exchange)
	if err != nil {
		return nil, err
	}
	own, live := 0, 0
	for _, other := range all {
		over, mine := other.Over(w.Created), other.Owner.String() == w.Owner.String()
		same := mine && other.Key() == w.Key()
		switch {
		case same && !over:
			return nil, fault.New(fault.Conflict, "there is a watch %s already", view.Quoted(other.Name)).
				WithField("name").WithHint("choose another name, or remove that one first")
		case same:
			old = &other
		case mine && !over:
			own++
		}
		if !over {
			live++
		}
	}
	for _, n := range []struct{ have, most int }{{own, MaxOwn}, {live, MaxWatches}} {
		if n.have >= n.most {
			return nil, fault.New(fault.Conflict, "%d watches are kept, and no more can be", n.have).WithHint("remove one first")
		}
	}
	return old, nil
}

// record adds to the trail what was done to a watch, and why, if that has to be
// said; by whom: nil = by the program itself, which says whose watch it was.
func (s *Service) record(tx Tx, event string, by *identity.Caller, w Watch, why string) error {
	e := audit.Entry{At: s.now(), Event: event, Exchange: s.c.Exchange, Kind: "watch", Result: w.Name + ": " + w.About()}
	if by != nil {
		who := by.Principal
		e.Actor = &audit.Actor{Realm: who.Realm, ID: who.ID, Name: clean(who.Name), Client: clean(who.Client), Via: by.Frontend.Via()}
	} else {
		e.Result += "; of " + w.Owner.String()
	}
	if why != "" {
		e.Result += "; " + why
	}
	_, _, err := tx.Append(e)
	return err
}

// present returns the error of a reading, but none where there is no store yet.
func present(err error) error {
	if errors.Is(err, transaction.ErrNone) {
		return nil
	}
	return err
}

// sees reports whether a caller may look at a watch: its owner, who is the same
// person where their realm shows what is a person's, and who is at the machine.
func (s *Service) sees(by identity.Caller, w Watch) bool {
	who := by.Principal
	switch identity.RealmOf(who.Realm).Sees {
	case identity.SeesEverything:
		return true
	case identity.SeesPerson:
		return s.owns(by, w)
	case identity.SeesOwn:
	}
	return who.String() == w.Owner.String()
}

// owns reports whether a watch is of a caller, through whatever it was added.
func (s *Service) owns(by identity.Caller, w Watch) bool {
	who := by.Principal
	if who.String() == w.Owner.String() {
		return true
	}
	return s.c.People != nil && slices.ContainsFunc(s.c.People(), func(p identity.Person) bool {
		return p.Has(who.Realm, who.ID) && p.Has(w.Owner.Realm, w.Owner.ID)
	})
}

// Remove removes a watch by its name, of the caller's own or that of the same
// person or, by who is at the machine, of anybody's: OWNER/NAME where several have the name. It is NotFound
// where there is none.
func (s *Service) Remove(ctx context.Context, name string, by identity.Caller) (Watch, error) {
	var w Watch
	find := func(tx Tx) error {
		all, err := tx.Heads(s.c.Exchange)
		if err == nil {
			w, err = s.named(all, name, by)
		}
		return err
	}
	none := true
	err := s.c.Store.Read(ctx, func(tx Tx) error {
		none = false
		return find(tx)
	})
	if none && errors.Is(err, transaction.ErrNone) {
		_, err = s.named(nil, name, by)
	}
	if err != nil {
		return Watch{}, err
	}
	return w, s.c.Store.Write(ctx, func(tx Tx) error {
		if err := find(tx); err != nil {
			return err
		}
		if _, err := tx.Remove(w.ID); err != nil {
			return err
		}
		return s.record(tx, "watch removed", &by, w, "")
	})
}

// named finds a watch by what it is called, or shown as: in quotation marks.
func (s *Service) named(all []Watch, name string, by identity.Caller) (Watch, error) {
	var person, others []Watch
	called := func(w *Watch, owner string) bool {
		return key(clean(name)) == key(owner)+w.Key() || key(strings.TrimSpace(name)) == key(owner+w.Name) ||
			key(strings.TrimSpace(name)) == key(owner+view.Quoted(w.Name))
	}
	for _, w := range all {
		switch {
		case !s.sees(by, w):
		case called(&w, w.Owner.String()+"/"):
			return w, nil
		case !called(&w, ""):
		case w.Owner.String() == by.Principal.String():
			return w, nil
		case s.owns(by, w):
			person = append(person, w)
		default:
			others = append(others, w)
		}
	}
	if len(person) > 0 {
		others = person
	}
	switch len(others) {
	case 1:
		return others[0], nil
	case 0:
		return Watch{}, fault.New(fault.NotFound, "there is no watch %s", view.Quoted(clean(name))).
			WithField("name").WithHint("list the watches for their names")
	}
	var names []string
	for _, w := range others {
		names = append(names, w.Owner.String()+"/"+w.Name)
	}
	return Watch{}, fault.New(fault.Conflict, "several have a watch %s", view.Quoted(clean(name))).
		WithField("name").WithHint("say whose: %s", strings.Join(names, ", "))
}
