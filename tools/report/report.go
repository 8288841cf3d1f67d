// Package report declares the report of own numbers: what they cost a month and
// whose that is, when they renew, what changed, and what of it is cheaper
// elsewhere. It answers from the memories of the own list and of the market.
package report

import (
	"context"
	"time"

	"didops/internal/fault"
	"didops/internal/inventory"
	"didops/internal/money"
	"didops/internal/risk"
	"didops/tools"
	"didops/tools/did"
)

// Inventory is what is known of the own numbers. Implemented by
// [inventory.Service].
type Inventory interface {
	Own(ctx context.Context, maxAge time.Duration, gone bool) (inventory.Own, error)
	Months(ctx context.Context, own inventory.Own, since time.Time, zone *time.Location) ([]inventory.Month, error)
}

var _ Inventory = (*inventory.Service)(nil)

// Market is what is remembered of the market. Implemented by [did.Memory].
type Market interface {
	Cheapest(ctx context.Context, kinds []did.Kind, ours map[string]bool, most int) (map[did.Kind]did.Offers, error)
}

var _ Market = (*did.Memory)(nil)

// Config is what the report needs.
type Config struct {
	Inventory Inventory // nil for a catalogue that only describes
	Market    Market    // nil = nothing is remembered of it
	Exchange  string    // whose numbers they are: url and login
	Currency  string    // of every amount, such as USD
	MaxAge    time.Duration
	Zone      *time.Location // of calendar months; nil = UTC. Renewals are days in UTC, as the exchange's
	Now       func() time.Time
}

// MaxAge is how old a look at the own list may be, where nobody says.
const MaxAge = 5 * time.Minute

// In is what did_report takes.
type In struct {
	By    string `json:"by,omitempty" jsonschema:"enum=country,enum=vendor,enum=type,enum=owner,enum=cost_centre,enum=tag,enum=month,default=country" jsonschema_description:"Groups, default country"`
	Since string `json:"since,omitempty" jsonschema_description:"Compare with that month: 2026-01-31, or 90d, 12w, 1y; else the one before"`
}

// What numbers are grouped by.
const (
	byCountry    = "country"
	byVendor     = "vendor"
	byType       = "type"
	byOwner      = "owner"
	byCostCentre = "cost_centre"
	byTag        = "tag"
	byMonth      = "month"
)

// Out is what did_report returns. Amounts a month are those of numbers whose
// fee is known.
type Out struct {
	tools.Envelope
	Currency         string       `json:"currency" jsonschema_description:"Of amounts"`
	By               string       `json:"by" compact:"-" jsonschema_description:"Grouped"`
	AsOf             time.Time    `json:"as_of,omitzero" jsonschema_description:"Of the list of numbers"`
	KnownSince       time.Time    `json:"known_since,omitzero" jsonschema_description:"Nothing is known before"`
	TimeZone         string       `json:"time_zone" compact:"-" jsonschema_description:"Of months"`
	Complete         bool         `json:"complete" jsonschema_description:"Nothing is missing"`
	IncompleteReason string       `json:"incomplete_reason,omitempty" jsonschema_description:"Why"`
	Count            int          `json:"count" jsonschema_description:"Numbers of ours"`
	MonthlyFee       money.Amount `json:"monthly_fee,omitzero" jsonschema_description:"Of all a month"`
	WithoutFee       int          `json:"without_fee,omitempty" jsonschema_description:"Numbers whose fee is not known"`
	Overlapping      int          `json:"overlapping,omitempty" jsonschema_description:"Numbers that count in several groups"`
	Groups           []Group      `json:"groups" quoted:"name" compact:",first=12" jsonschema_description:"Run rate"`
	Months           []Month      `json:"months" jsonschema_description:"Run rate of each"`
	Renewals         []Week       `json:"renewals" jsonschema_description:"By week, from Monday, in UTC"`
	RenewalsUnknown  int          `json:"renewals_unknown" compact:",omitempty" jsonschema_description:"Numbers with no date"`
	RenewalsPast     int          `json:"renewals_past" compact:",omitempty" jsonschema_description:"Numbers with a date that is over"`
	Against          string       `json:"against,omitempty" jsonschema_description:"Month that changes are against"`
	Changes          []Shift      `json:"changes" jsonschema_description:"Since then"`
	Cheaper          []Cheaper    `json:"cheaper" jsonschema_description:"Offers of the same country and type, with the features"`
	CheaperSaves     money.Amount `json:"cheaper_saves,omitzero" jsonschema_description:"By these a month"`
	CheaperAsOf      time.Time    `json:"cheaper_as_of,omitzero" jsonschema_description:"Oldest reading of the market"`
	CheaperReason    string       `json:"cheaper_incomplete_reason,omitempty" jsonschema_description:"Why not"`
	CheaperComplete  bool         `json:"cheaper_complete" jsonschema_description:"All of the market was read"`

	now    time.Time // for the view
	agenda agenda    // likewise
}

// Group is what numbers cost that have one thing in common.
type Group struct {
	Name       string       `json:"name,omitempty"` // absent where it is not stated
	Count      int          `json:"count"`
	MonthlyFee money.Amount `json:"monthly_fee,omitzero"`
	Share      string       `json:"share_percent,omitempty"` // of all fees: 12.5
	WithoutFee int          `json:"without_fee,omitempty"`
}

// Month is what the numbers cost at the end of a month, and what changed against
// the one before.
type Month struct {
	Month      string       `json:"month"` // 2026-11
	Count      int          `json:"count"`
	MonthlyFee money.Amount `json:"monthly_fee,omitzero"`
	WithoutFee int          `json:"without_fee,omitempty"`
	New        int          `json:"new"`
	Gone       int          `json:"gone"`
	Raised     int          `json:"raised"`
	Lowered    int          `json:"lowered"`

	begins time.Time
}

// Week is the renewals of a week. Projected ones are counted by themselves: the
// exchange has said no such date yet.
type Week struct {
	Week             string       `json:"week"` // its Monday
	Count            int          `json:"count"`
	MonthlyFee       money.Amount `json:"monthly_fee,omitzero"`
	WithoutFee       int          `json:"without_fee,omitempty"`
	Projected        int          `json:"projected"`
	ProjectedMonthly money.Amount `json:"projected_monthly_fee,omitzero"`
}

// Shift is one kind of change: how many numbers, and by how much a month.
type Shift struct {
	What       string       `json:"what"` // new, gone, raised, lowered: by so much
	Count      int          `json:"count"`
	MonthlyFee money.Amount `json:"monthly_fee,omitzero"`
	WithoutFee int          `json:"without_fee,omitempty"`
}

// Cheaper is a number of ours and an offer that can take its place.
type Cheaper struct {
	Number            string       `json:"number"`
	Country           string       `json:"country" compact:"-"`
	Type              string       `json:"type" compact:"-"`
	MonthlyFee        money.Amount `json:"monthly_fee"`
	Offer             string       `json:"offer"`
	OfferMonthlyFee   money.Amount `json:"offer_monthly_fee"`
	OfferSetupFee     money.Amount `json:"offer_setup_fee,omitzero"`
	Saves             money.Amount `json:"saves"` // a month
	Vendor            string       `json:"vendor,omitempty" quoted:"true"`
	DocumentsRequired bool         `json:"documents_required,omitempty"`
}

// Operations returns the declaration of did_report.
func Operations(c Config) []tools.Declaration {
	return []tools.Declaration{tools.Operation[In, Out]{
		Name:    tools.Name{Noun: "did", Verb: "report"},
		Apart:   true,
		Title:   "Report on own numbers",
		Summary: "Report what my numbers cost: run rate, renewals by week, changes, cheaper offers.",
		Doc:     "since: month compared with.",
		Hint:    "cost report of our phone numbers (DIDs): monthly spend by owner, cost centre, tag, country; renewals, changes, savings",
		Risk:    risk.Read,
		Draws:   true,
		Dates:   true,
		Brief:   true,
		Terse:   []string{"since"}, // as did_history
		Examples: []tools.Example{
			{Says: "what the numbers of each country cost", Args: map[string]any{}},
			{Says: "the cost of every month of a year", Args: map[string]any{"by": byMonth, "since": "1y"}},
		},
		Run:  c.run,
		View: viewReport,
		RowActions: []tools.RowAction{
			{Table: "cheaper", Column: "offer", Operation: "did_purchase", Param: "numbers"},
		},
	}}
}

func (c Config) zone() *time.Location {
	if c.Zone == nil {
		return time.UTC
	}
	return c.Zone
}

// run answers from memory; the own list is read where the last look is too old.
func (c Config) run(ctx context.Context, in In) (Out, error) {
	now := c.Now().UTC()
	out := Out{
		Currency: c.Currency, By: in.By, TimeZone: c.zone().String(), now: now,
		Groups: []Group{}, Months: []Month{}, Renewals: []Week{}, Changes: []Shift{}, Cheaper: []Cheaper{},
	}
	since, err := did.Since(in.Since, now.In(c.zone()))
	if err != nil {
		return out, err
	}
	own, err := c.own(ctx, true)
	if err != nil {
		return out, err
	}
	if err := c.past(ctx, in, since, own, &out); err != nil {
		return out, err
	}
	own.Numbers = own.There()
	out.AsOf, out.KnownSince, out.Count = own.At, own.First, len(own.Numbers)
	all := sum{}
	for i := range own.Numbers {
		all.add(own.Numbers[i].MonthlyFee)
	}
	out.MonthlyFee, out.WithoutFee = all.fee(), all.unknown
	if in.By != byMonth {
		out.Groups, out.Overlapping = grouped(own.Numbers, in.By, out.MonthlyFee)
	}
	out.agenda = newAgenda(c.Exchange, own, in.By, c.Currency, now)
	out.Renewals, out.RenewalsUnknown, out.RenewalsPast = weeks(own.Numbers, now)
	if err := c.cheaper(ctx, own.Numbers, &out); err != nil {
		return out, err
	}
	switch {
	case out.CheaperComplete:
	case out.CheaperAsOf.IsZero():
		out.CheaperReason = "nothing of the market is remembered for these numbers"
	default:
		out.CheaperReason = "not all of the market was read"
	}
	out.incomplete(own.Reason, since)
	return out, nil
}

// own returns the own numbers, with those that went where gone is set.
func (c Config) own(ctx context.Context, gone bool) (inventory.Own, error) {
	if c.Inventory == nil {
		return inventory.Own{}, fault.New(fault.Unavailable, "the own numbers are not kept")
	}
	age := c.MaxAge
	if age <= 0 {
		age = MaxAge
	}
	return c.Inventory.Own(ctx, age, gone)
}

// incomplete says what is missing.
func (out *Out) incomplete(stale string, since time.Time) {
	switch {
	case stale != "":
		out.IncompleteReason = "the list of numbers could not be read anew: " + stale
	case !since.IsZero() && out.KnownSince.After(since):
		out.IncompleteReason = "nothing is known before " + moment(out.KnownSince)
	}
	out.Complete = out.IncompleteReason == ""
}

func moment(at time.Time) string { return at.UTC().Format(time.DateTime) + " UTC" }
