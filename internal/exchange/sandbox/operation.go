package sandbox

import (
	"net/url"
	"strings"
)

// Operation names one of the exchange's methods.
type Operation string

// The operations.
const (
	Market      Operation = "market"
	Purchase    Operation = "purchase"
	List        Operation = "list"
	Update      Operation = "update"
	Unsubscribe Operation = "unsubscribe"
	Calls       Operation = "calls"    // the history of calls
	Messages    Operation = "messages" // the history of messages
	Message     Operation = "message"  // to a seller
)

// endpoint is what a path leads to: the controller whose name is signed, and
// the operation, or "" where the parameters choose it.
type endpoint struct {
	controller string
	operation  Operation
}

const (
	controllerMarket   = "dids_market"
	controllerPurchase = "purchase_did"
	controllerOwned    = "c_dids"
	controllerCalls    = "c_cdrs"
	controllerSMS      = "c_sms"
	controllerMessage  = "c_messages" // made up: messages are documented with HTTP Digest only
)

// endpointOf returns what a path leads to under the options.
func (o Options) endpointOf(path string) (endpoint, bool) {
	family := RESTPaths
	if strings.HasSuffix(path, ".php") {
		family = PHPPaths
	}
	if o.Paths != AllPaths && o.Paths != family {
		return endpoint{}, false
	}
	list := "/number/list"
	if o.ListTypo {
		list = "/numbes/list"
	}
	switch path {
	case "/number/market":
		return endpoint{controllerMarket, Market}, true
	case "/number/purchase":
		return endpoint{controllerPurchase, Purchase}, true
	case list:
		return endpoint{controllerOwned, List}, true
	case "/number/update":
		return endpoint{controllerOwned, Update}, true
	case "/number/unsubscribe":
		return endpoint{controllerOwned, Unsubscribe}, true
	case "/" + controllerMarket + ".php":
		return endpoint{controllerMarket, Market}, true
	case "/" + controllerPurchase + ".php":
		return endpoint{controllerPurchase, Purchase}, true
	case "/" + controllerOwned + ".php":
		return endpoint{controllerOwned, ""}, true
	}
	return buyersEndpoint(path)
}

// buyersEndpoint returns what a path leads to that has to do with no number for
// sale.
func buyersEndpoint(path string) (endpoint, bool) {
	switch path {
	case "/buyers/callhistory", "/buyers/callhistory/", "/" + controllerCalls + ".php":
		return endpoint{controllerCalls, Calls}, true
	case "/buyers/smshistory", "/buyers/smshistory/", "/" + controllerSMS + ".php":
		return endpoint{controllerSMS, Messages}, true
	case "/buyers/message/send", "/" + controllerMessage + ".php":
		return endpoint{controllerMessage, Message}, true
	}
	return endpoint{}, false
}

// choose returns the operation that the parameters select on a controller of
// several. A stray "unsubscribe" wins over everything, as on the exchange:
// that is why a client must never pass unknown parameters through.
func (e endpoint) choose(form url.Values) Operation {
	switch {
	case e.operation != "":
		return e.operation
	case form.Has("unsubscribe"):
		return Unsubscribe
	case form.Has("submit_edit") || form.Has("edit"):
		return Update
	}
	return List
}

// magicFields says whether the parameters have what the operation demands
// besides its own, whatever else may be wrong with them.
func magicFields(op Operation, form url.Values) bool {
	switch op {
	case Calls, Messages, Message:
		return true // their samples send none
	default:
	}
	if form.Get("webapi") != "1" {
		return false
	}
	switch op {
	case Market, List:
		return form.Get("searchform") == "1"
	case Purchase:
		return form.Get("add") == "1"
	case Update:
		return form.Get("submit_edit") == "1"
	case Unsubscribe:
		return true
	case Calls, Messages, Message:
	}
	return false
}
