package tcxc

import (
	"strings"
	"unicode"

	"didops/internal/fault"
	"didops/tools/did"
)

// contactLimit bounds a routing address, in bytes.
const contactLimit = 512

// Purchase is what buying a number takes.
type Purchase struct {
	ID          string // i_did, of the market row
	Account     int64  // billing_i_account
	Contact     string // sip:…; where calls go; "" is not sent
	SMPPContact string // smpp:…; where messages go; "" is not sent
}

// PurchaseOf returns the purchase of an offer. The document requires contact
// for numbers with voice, fax or video and smpp_contact for numbers with SMS;
// what is missing is an Invalid fault, as is an offer without an id, which
// the API has no way to buy.
func PurchaseOf(o did.Offer, account int64, contact, smppContact string) (Purchase, error) {
	p := Purchase{ID: o.ID, Account: account, Contact: contact, SMPPContact: smppContact}
	switch {
	case o.ID == "":
		return Purchase{}, fault.New(fault.Invalid, "this number has no id at the exchange, so it can't be bought through its API").
			WithHint("buy it in the exchange's portal, or choose a number of another seller")
	case contact == "" && (o.Voice || o.Fax || o.Video):
		return Purchase{}, fault.New(fault.Invalid, "a number for calls needs a contact").WithField("contact")
	case smppContact == "" && o.SMS:
		return Purchase{}, fault.New(fault.Invalid, "a number for messages needs an smpp_contact").WithField("smpp_contact")
	}
	return p, p.check()
}

func (p Purchase) check() error {
	if p.Account < 1 {
		return fault.New(fault.Invalid, "the billing account must be a positive number").WithField("billing_account")
	}
	return firstError(checkID(p.ID), checkContact("contact", p.Contact), checkContact("smpp_contact", p.SMPPContact))
}

// Update is what re-routing a purchased number takes. Both addresses are
// sent, as the document requires, so both must hold what is to stand there
// afterwards; UpdateOf fills in the one that stays.
type Update struct {
	ID          string // i_did, of the purchased row
	Contact     string
	SMPPContact string
}

// UpdateOf returns the update that gives a purchased number new addresses.
// An empty one stays as it is.
func UpdateOf(row did.Owned, contact, smppContact string) (Update, error) {
	if contact == "" && smppContact == "" {
		return Update{}, fault.New(fault.Invalid, "nothing to update: give contact, smpp_contact or both").WithField("contact")
	}
	u := Update{
		ID:          row.ID,
		Contact:     either(contact, row.Contact),
		SMPPContact: either(smppContact, row.SMPPContact),
	}
	return u, u.check()
}

func (u Update) check() error {
	if u.Contact == "" && u.SMPPContact == "" {
		return fault.New(fault.Invalid, "an update without any address would cut the number off").WithField("contact")
	}
	return firstError(checkID(u.ID), checkContact("contact", u.Contact), checkContact("smpp_contact", u.SMPPContact))
}

// checkID refuses what is no i_did: a positive decimal number. Zero is what
// rows without an id are sometimes given, and buys something else.
func checkID(id string) error {
	if digits, ok := identifier([]byte(id)); !ok || digits == nil {
		return fault.New(fault.Invalid, "the number's id at the exchange must be a positive number")
	}
	return nil
}

// checkContact refuses what can't stand in an address. The value is not
// repeated: it may hold a password.
func checkContact(field, contact string) error {
	if len(contact) > contactLimit {
		return fault.New(fault.Invalid, "%s is longer than %d bytes", field, contactLimit).WithField(field)
	}
	if strings.ContainsFunc(contact, func(r rune) bool {
		return r == unicode.ReplacementChar || unicode.IsSpace(r) || !unicode.IsGraphic(r)
	}) {
		return fault.New(fault.Invalid, "%s must not hold spaces or control characters", field).WithField(field)
	}
	return nil
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
