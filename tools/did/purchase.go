package did

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"didops/internal/exchange"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/inventory"
	"didops/internal/order"
	"didops/internal/risk"
	"didops/internal/sipaddr"
	"didops/tools"
)

// PurchaseIn is what did_purchase takes.
type PurchaseIn struct {
	Numbers     []string `json:"numbers" jsonschema:"minItems=1,maxItems=1000" jsonschema_description:"E.164 numbers"`
	Contact     string   `json:"contact,omitempty" jsonschema_description:"Where calls go: template (default) or sip:user@host[:port]"`
	SMPPContact string   `json:"smpp_contact,omitempty" jsonschema_description:"Where messages go: template (default); else only in the shell"`
	Account     int64    `json:"billing_account,omitempty" jsonschema_description:"Account that pays"`
	Owner       string   `json:"owner,omitempty" jsonschema_description:"Label: whose they will be"`
	CostCentre  string   `json:"cost_centre,omitempty" jsonschema_description:"Label: who pays"`
	Tags        []string `json:"tags,omitempty" jsonschema_description:"Labels: words"`
	Note        string   `json:"note,omitempty" jsonschema_description:"Label: what for"`
	Mandate     string   `json:"mandate,omitempty" jsonschema_description:"Name of one that covers it"`
	Reason      string   `json:"reason,omitempty" jsonschema_description:"For who decides"`
}

func (d *writeOps) purchaseOperation(numbers tools.Completer) tools.Declaration {
	return tools.Write[PurchaseIn]{
		Name:    tools.Name{Noun: "did", Verb: "purchase"},
		Title:   "Ask to buy numbers",
		Group:   tools.GroupMarket,
		Summary: "Buy (purchase) a phone number (DID) or numbers. Nothing is bought until a person approves the quote.",
		Doc:     "Returns an order that waits: tell the user what is next; order_get tells what became of it.",
		Hint:    "buy a phone number or phone numbers: purchase, get or order a DID or DIDs, once a person approves",
		Risk:    risk.Spend,
		Kind:    "purchase",
		Wording: order.Wording{
			Question: func(o order.Order) string {
				return fmt.Sprintf("Buy %s for %s %s now, %s a month?", o.Numbers(), o.Total.DueNow, o.Currency, o.Total.MonthlyFee)
			},
			Outcome: func(o order.Order) string {
				if len(o.Lines) == 1 {
					return fmt.Sprintf("Buy for %s %s", o.Total.DueNow, o.Currency)
				}
				return fmt.Sprintf("Buy %s for %s %s", o.Numbers(), o.Total.DueNow, o.Currency)
			},
			Past: "bought", Confirm: order.ConfirmYes, Remark: reckoned,
			Words: sellersWords(),
		},
		Examples: []tools.Example{
			{Says: "buy a number, routed as configured", Args: map[string]any{"numbers": []string{"+971501234567"}}},
		},
		Terse: []string{"owner", "cost_centre", "tags", "note", "mandate"},
		Complete: map[string]tools.Completer{
			"numbers": numbers,
			"owner":   CompleteOwner(d.Inventory), "cost_centre": CompleteCostCentre(d.Inventory), "tags": CompleteTags(d.Inventory),
		},
		Notes:    d.notes(),
		Lists:    map[string]tools.ListReader{"numbers": numbersIn},
		Identify: d.identifyPurchase, Quote: d.quotePurchase, Requote: d.requotePurchase,
		Send: d.purchase, Reconcile: d.reconcilePurchase, DrawTerms: d.purchaseTermsView, Describe: describePurchase,
		Summarize: purchaseBrief,
		Gist:      purchaseGist, Onward: d.purchaseOnward,
		Notices: purchaseNotices, Reroute: d.reroute,
	}
}

// purchaseTerms is what a purchase asks for besides the numbers.
type purchaseTerms struct {
	account int64
	wishes  [2]route     // sip, smpp
	labels  []order.Fact // what the numbers are to be labelled with; the exchange is not told
}

func (d *writeOps) terms(in PurchaseIn, by identity.Caller) (purchaseTerms, error) {
	var b purchaseTerms
	var err error
	if b.wishes[0], err = d.routes.resolve(sipaddr.SIP, in.Contact, by); err != nil {
		return b, err
	}
	if b.wishes[1], err = d.routes.resolve(sipaddr.SMPP, in.SMPPContact, by); err != nil {
		return b, err
	}
	if b.labels, err = in.labels(d.Routing.Secret); err != nil {
		return b, err
	}
	b.account, err = d.account(in.Account)
	return b, err
}

// labels returns the labels that are asked for as terms of each line. All that
// they say can be kept.
func (in PurchaseIn) labels(secret func(string) bool) ([]order.Fact, error) {
	p, err := LabelWish{Owner: &in.Owner, CostCentre: &in.CostCentre, Note: &in.Note, Tags: in.Tags}.Patch(secret)
	if err == nil {
		_, err = p.Apply(inventory.Labels{})
	}
	if err != nil {
		return nil, err
	}
	tags := p.AddTags
	if p.Tags != nil {
		tags = *p.Tags
	}
	if len(p.RemoveTags) > 0 {
		return nil, fault.New(fault.Invalid, "a number that is bought has no tags to take away").WithField("tags")
	}
	slices.Sort(tags)
	var list []order.Fact
	for _, t := range [][2]string{{inventory.TermOwner, *p.Owner}, {inventory.TermCostCentre, *p.CostCentre}, {inventory.TermTags, strings.Join(tags, ", ")}, {inventory.TermNote, *p.Note}} {
		if t[1] != "" {
			list = append(list, order.Fact{Name: t[0], Value: t[1]})
		}
	}
	return list, nil
}

// labelsOf returns the labels that a line asks for.
func labelsOf(l order.Line) inventory.Labels { return inventory.LabelsOfTerms(l.Term) }

// account returns the account to be billed.
func (d *writeOps) account(given int64) (int64, error) {
	account := cmp.Or(given, d.BillingAccount)
	switch {
	case account == 0:
		return 0, fault.New(fault.Invalid, "no account is named that would be billed").
			WithField("billing_account").WithHint("set [exchange] billing_account")
	case account != d.BillingAccount && !slices.Contains(d.BillingAccounts, account):
		return 0, fault.New(fault.Forbidden, "account %d may not be billed", account).
			WithField("billing_account").WithHint("[exchange] billing_accounts lists the accounts that may be named")
	}
	return account, nil
}

// identifyPurchase leaves labels aside: the same numbers on the same terms are the
// same purchase, whatever they are to be called.
func (d *writeOps) identifyPurchase(in PurchaseIn, by identity.Caller) (order.IdempotencyKey, error) {
	digits, err := digitsOf(in.Numbers)
	if err != nil {
		return order.IdempotencyKey{}, err
	}
	b, err := d.terms(in, by)
	if err != nil {
		return order.IdempotencyKey{}, err
	}
	said := []string{strconv.FormatInt(b.account, 10), b.wishes[0].text, b.wishes[1].text}
	if in.Mandate != "" {
		said = append(said, "mandate", in.Mandate)
	}
	return order.IdempotencyKey{Numbers: digits, Terms: terms(said...)}, nil
}

// terms joins terms so that no two lists of them give the same text.
func terms(list ...string) string { return fmt.Sprintf("%q", list) }

func (d *writeOps) quotePurchase(ctx context.Context, in PurchaseIn, by identity.Caller) (order.Quote, error) {
	digits, err := digitsOf(in.Numbers)
	if err != nil {
		return order.Quote{}, err
	}
	b, err := d.terms(in, by)
	if err != nil {
		return order.Quote{}, err
	}
	if in.Mandate != "" {
		if b, err = d.under(ctx, in, b, by); err != nil {
			return order.Quote{}, err
		}
	}
	list, err := lines(ctx, digits, func(ctx context.Context, digits string) (order.Line, error) {
		return d.quoteOffer(ctx, digits, b)
	})
	if err != nil {
		return order.Quote{}, err
	}
	q := order.Quote{Lines: list, Mandate: in.Mandate}
	for _, w := range b.wishes {
		used := slices.ContainsFunc(list, func(l order.Line) bool { return l.Term(parameterOf(w.scheme)) != "" })
		if w.given && !used {
			return order.Quote{}, useless(w.scheme, "the order's numbers")
		}
		if used {
			q.Notices = append(q.Notices, notices(w)...)
		}
	}
	q.Notices = slices.Compact(q.Notices)
	if n := paperwork(list); n != "" {
		q.Notices = append(q.Notices, n)
	}
	return q, nil
}

func (d *writeOps) purchase(ctx context.Context, l order.Line) error {
	account, err := strconv.ParseInt(l.Term(termAccount), 10, 64)
	if err != nil {
		return fault.New(fault.Invalid, "the quote names no account").WithField(termAccount).WithCause(err)
	}
	return d.Writer.Purchase(ctx, exchange.Purchase{
		ID: l.ID, Account: account, Contact: l.Term(termContact), SMPPContact: l.Term(termSMPP),
	})
}
