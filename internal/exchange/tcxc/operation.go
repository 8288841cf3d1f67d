package tcxc

import (
	"net/url"
	"strconv"
	"time"
)

// operation is one of the methods of the buyers' API.
type operation int

const (
	opMarket operation = iota
	opList
	opPurchase
	opUnsubscribe
	opUpdate
	opCalls
	opMessages
	opMessage

	operations
)

// The document spells the path of the list /numbes/list, which looks like a
// slip of the pen; the other paths begin with /number.
const (
	listPath      = "/number/list"
	listPathTypo  = "/numbes/list"
	listPathClass = "/c_dids.php"
)

// messageController is what a message is signed with. The exchange documents
// messages with HTTP Digest only; the name is formed like the others.
const messageController = "c_messages"

// method is how an operation is addressed and signed. One controller serves
// the list, updates and unsubscriptions.
type method struct {
	name       string // in metrics and logs
	path       string // in REST style
	controller string // signed, and the script in PHP style
}

func (op operation) method() method {
	switch op {
	case opMarket:
		return method{"market", "/number/market", "dids_market"}
	case opPurchase:
		return method{"purchase", "/number/purchase", "purchase_did"}
	case opUnsubscribe:
		return method{"unsubscribe", "/number/unsubscribe", "c_dids"}
	case opUpdate:
		return method{"update", "/number/update", "c_dids"}
	case opCalls:
		return method{"calls", "/buyers/callhistory", "c_cdrs"}
	case opMessages:
		return method{"messages", "/buyers/smshistory", "c_sms"}
	case opMessage:
		return method{"message", "/buyers/message/send", messageController}
	default:
		return method{"list", listPath, "c_dids"}
	}
}

// path returns the path of op in the given style.
func (op operation) path(style Style) string {
	m := op.method()
	if style == PHP {
		return "/" + m.controller + ".php"
	}
	return m.path
}

// form is the closed set of parameters of one operation. Each operation has
// its own type and writes its own keys: on the controller c_dids a stray
// "unsubscribe" in a list request would give a number up.
type form interface {
	values() url.Values
}

// marketForm asks for numbers for sale. Capabilities are sent only where they
// are wanted, because the document leaves open whether 0 means "must not" or
// "no matter"; did_type, pager and off are always sent.
type marketForm struct {
	prefix                 string
	country                string // by name; the probe's only, see [Probe.Countries]
	didType                string
	voice, sms, fax, video bool
	window
}

func (f marketForm) values() url.Values {
	v := url.Values{"webapi": {"1"}, "searchform": {"1"}, "did_type": {f.didType}}
	setText(v, "prefix", f.prefix)
	setText(v, "country", f.country)
	setFlag(v, "voice", f.voice)
	setFlag(v, "sms", f.sms)
	setFlag(v, "fax", f.fax)
	setFlag(v, "video", f.video)
	f.set(v)
	return v
}

// listForm asks for purchased numbers.
type listForm struct {
	prefix string
	window
}

func (f listForm) values() url.Values {
	v := url.Values{"webapi": {"1"}, "searchform": {"1"}}
	setText(v, "prefix", f.prefix)
	f.set(v)
	return v
}

// historyForm asks for a part of a history. Its samples send neither paging nor
// the fields that mark a search; the exchange's other lists need both.
type historyForm struct {
	from, to time.Time
	sent     bool // only what was sent, which the history of messages insists to be told
	window
}

func (f historyForm) values() url.Values {
	v := url.Values{
		"webapi": {"1"}, "searchform": {"1"},
		"date_from": {f.from.UTC().Format(time.DateTime)}, "date_to": {f.to.UTC().Format(time.DateTime)},
	}
	setFlag(v, "sent", f.sent)
	f.set(v)
	return v
}

// window is the part of a list that is asked for. "pager" and "off" go
// together or not at all, says the document; they always go.
type window struct{ pager, off int }

func (w window) set(v url.Values) {
	v.Set("pager", strconv.Itoa(w.pager))
	v.Set("off", strconv.Itoa(w.off))
}

func setText(v url.Values, key, text string) {
	if text != "" {
		v.Set(key, text)
	}
}

func setFlag(v url.Values, key string, on bool) {
	if on {
		v.Set(key, "1")
	}
}
