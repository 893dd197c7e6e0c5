package ingest

import (
	"slices"
	"strings"
	"unicode"

	"rollcall"
)

// synonyms are the names that people give to our fields, bare, the likeliest
// first: where a file has several, the first in this order is taken.
var synonyms = map[rollcall.Field][]string{
	rollcall.FieldPhoneNumber: {
		"phone", "mobile", "mobilephone", "mobilenumber", "mobileno", "cell", "cellphone", "cellnumber",
		"telephone", "telephonenumber", "tel", "telno", "phoneno", "msisdn", "contactnumber", "contactphone",
		"primaryphone", "number", "phone1", "homephone", "workphone", "businessphone",
		// German, Dutch, French, Spanish, Portuguese, Italian. "Numero" alone is as often
		// that of a house or a customer.
		"handy", "handynummer", "mobil", "mobilnummer", "mobiltelefon", "telefon", "telefonnummer", "rufnummer",
		"mobiel", "mobielnummer", "telefoon", "telefoonnummer",
		"portable", "téléphoneportable", "telephoneportable", "téléphone", "numérodetéléphone", "numerodetelephone",
		"móvil", "movil", "celular", "teléfonomóvil", "telefonomovil", "teléfono", "telefono", "númerodeteléfono", "numerodetelefono",
		"telemóvel", "telemovel", "telefone", "númerodetelefone", "numerodetelefone",
		"cellulare", "numeroditelefono",
	},
	rollcall.FieldFirstName: {"first", "givenname", "given", "forename", "fname", "vorname", "voornaam", "prénom", "prenom", "primeironome"},
	rollcall.FieldLastName:  {"last", "surname", "familyname", "family", "lname", "nachname", "familienname", "achternaam", "nomdefamille", "apellido", "apellidos", "sobrenome", "apelido", "cognome"},
	rollcall.FieldTimeZone:  {"tz", "timezonename", "timezoneid", "zeitzone", "tijdzone", "fuseauhoraire", "zonahoraria", "husohorario", "fusohorário", "fusohorario", "fusoorario"},
	rollcall.FieldUniqueID: {
		"id", "uid", "uuid", "customerid", "externalid", "contactid", "recordid", "clientid", "customernumber", "kundennummer", "klantnummer", "numéroclient", "numeroclient",
	},
	rollcall.FieldContactPriority: {"priority"},
}

// companions are names that stand for a part of a person's name where another column
// has the other part. Alone they may be the whole name, or that of a firm.
var companions = []struct {
	name   string // bare
	beside []string
	field  rollcall.Field
}{
	{"name", []string{"vorname"}, rollcall.FieldLastName},
	{"naam", []string{"voornaam"}, rollcall.FieldLastName},
	{"nom", []string{"prénom", "prenom"}, rollcall.FieldLastName},
	{"name", []string{"surname"}, rollcall.FieldFirstName},
	{"nome", []string{"cognome", "sobrenome", "apelido"}, rollcall.FieldFirstName},
	{"nombre", []string{"apellido", "apellidos"}, rollcall.FieldFirstName},
	{"nombres", []string{"apellidos"}, rollcall.FieldFirstName},
}

// furtherPhones are names of phone numbers that come after those of synonyms:
// never the first choice, but better than none.
var furtherPhones = []string{
	"phone2", "phone3", "mobile2", "mobilephone2", "telephone2", "tel2", "homephone2", "workphone2", "businessphone2",
	"secondaryphone", "alternatephone", "alternativephone", "altphone", "otherphone", "alternatenumber", "secondarynumber", "daytimephone",
	"eveningphone", "homenumber", "worknumber", "hometelephone", "worktelephone", "homemobile", "workmobile",
}

// furtherPhone is the place of a name among those of a person's phone numbers, -1
// for other names. A misspelt name is none, and neither is "number", which may be
// that of a house.
func furtherPhone(column string) int {
	name := bare(column)
	if name == "number" {
		return -1
	}
	if d := distance(rollcall.FieldPhoneNumber, column); d >= 0 && d < misspelt {
		return d
	}
	if i := slices.Index(furtherPhones, name); i >= 0 {
		return misspelt + i
	}
	return -1
}

// otherNames are names, bare, of columns that files often have and that are no field.
var otherNames = []string{
	"name", "fullname", "email", "emailaddress", "mail", "company", "address", "street", "city", "state", "zip", "zipcode", "postcode",
	"note", "notes", "comment", "comments", "title", "gender", "birthday", "birthdate", "dateofbirth", "status", "source", "group", "tags",
}

// isKnownName tells whether a cell is one of the names that columns are known to have.
func isKnownName(cell string) bool {
	name := bare(cell)
	if furtherPhone(cell) >= 0 || slices.Contains(regionNames, name) || slices.Contains(otherNames, name) {
		return true
	}
	return slices.ContainsFunc(rollcall.Fields(), func(f rollcall.Field) bool { return distance(f, cell) >= 0 })
}

// noPhones are words in the names of columns whose numbers are not to be called,
// however much they look like phone numbers.
var noPhones = []string{
	"pager", "telex", "tty", "tdd", "isdn", "assistant", "emergency", "id", "uuid", "guid", "key", "ref", "reference",
	"account", "acct", "order", "invoice", "ticket", "serial", "code", "zip", "postal", "postcode", "plz", "ssn", "tax", "vat",
	"iban", "bic", "card", "passport", "licence", "license", "isbn", "ean", "sku", "date", "dob", "birthday", "birthdate", "time", "timestamp",
	"created", "updated", "modified", "ip", "amount", "price", "balance", "total", "revenue", "salary", "latitude", "longitude", "lat", "lng",
	"url", "website", "dnc", "blocked",
}

// namesNoPhone tells whether a name says that its column is not for calling.
func namesNoPhone(column string) bool {
	if strings.Contains(bare(column), "fax") { // one word in many languages
		return true
	}
	for _, word := range words(column) {
		if slices.Contains(noPhones, word) {
			return true
		}
	}
	return false
}

// words cuts a name where it has no letter, and before a capital after a small
// letter: "accountId", "Account-ID".
func words(name string) []string {
	var b strings.Builder
	small := false
	for _, r := range name {
		if !unicode.IsLetter(r) || unicode.IsUpper(r) && small {
			b.WriteByte(' ')
		}
		if unicode.IsLetter(r) {
			b.WriteRune(unicode.ToLower(r))
		}
		small = unicode.IsLower(r)
	}
	return strings.Fields(b.String())
}

// bare is a name without what people vary: case, blanks, punctuation.
func bare(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}

// misspelt is the distance of a name that is only nearly that of a field.
const misspelt = 1000

// distance tells how far a column's name is from a field's: 0 for the same, -1
// for something else.
func distance(f rollcall.Field, column string) int {
	if column == string(f) {
		return 0
	}
	name, own := bare(column), bare(string(f))
	if name == own {
		return 1
	}
	if i := slices.Index(synonyms[f], name); i >= 0 {
		return 2 + i
	}
	if nearly(name, own) {
		return misspelt
	}
	for i, synonym := range synonyms[f] {
		if nearly(name, synonym) {
			return misspelt + 1 + i
		}
	}
	return -1
}

// byDistance says how a name was understood.
func byDistance(d int) string {
	if d >= misspelt {
		return ByMisspelt
	}
	return ByName
}

// nearly tells whether a name is a misspelling of another: one slip, or two from
// ten letters on. Short names are too close to other words ("phone", "phase"), the
// first letter is seldom wrong ("mobile", "nobile"), and another digit means
// another column ("phone 1", "phone 2").
func nearly(name, right string) bool {
	const short, long = 6, 10
	a, b := []rune(name), []rune(right)
	if len(a) < short || len(b) < short || a[0] != b[0] || digitsOf(name) != digitsOf(right) {
		return false
	}
	slips := 1
	if len(b) >= long {
		slips = 2
	}
	return max(len(a)-len(b), len(b)-len(a)) <= slips && edits(a, b) <= slips
}

func digitsOf(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
}

// edits counts the letters to insert, leave out, replace or swap with their
// neighbour (optimal string alignment).
func edits(a, b []rune) int {
	before, last := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
