package main

import (
	"fmt"
	"strconv"

	"github.com/nyaruka/phonenumbers"
)

// home is the region that numbers in national form belong to. Most lists have one.
const home = "US"

// country is one of those that the numbers come from.
type country struct {
	region string
	zone   string    // of its people
	cities [3]string // as they stand in a CSV
}

// countries are twenty whose mobile numbers do not have ten digits with the
// calling code: so a number of ours in home's national form, ten digits, is
// never another one of ours under the rule that knows no region.
var countries = []country{
	{home, "America/New_York", [3]string{"Jersey City", `"Newark, NJ"`, "Paterson"}},
	{"GB", "Europe/London", [3]string{"London", "Leeds", "Stoke-on-Trent"}},
	{"DE", "Europe/Berlin", [3]string{"Berlin", "Köln", "München"}},
	{"FR", "Europe/Paris", [3]string{"Paris", "Saint-Étienne", "Lyon"}},
	{"IN", "Asia/Kolkata", [3]string{"Pune", "Bengaluru", `"Salem, TN"`}},
	{"BR", "America/Sao_Paulo", [3]string{"São Paulo", "Recife", "Santos"}},
	{"MX", "America/Mexico_City", [3]string{"Puebla", "León", "Mérida"}},
	{"ES", "Europe/Madrid", [3]string{"Madrid", "Málaga", "Bilbao"}},
	{"IT", "Europe/Rome", [3]string{"Roma", "Torino", "Forlì"}},
	{"NL", "Europe/Amsterdam", [3]string{"Utrecht", "Delft", "Breda"}},
	{"PL", "Europe/Warsaw", [3]string{"Łódź", "Gdynia", "Kraków"}},
	{"TR", "Europe/Istanbul", [3]string{"İzmir", "Bursa", "Konya"}},
	{"ZA", "Africa/Johannesburg", [3]string{"Durban", "Cape Town", "Pretoria"}},
	{"NG", "Africa/Lagos", [3]string{"Lagos", "Kano", "Ibadan"}},
	{"EG", "Africa/Cairo", [3]string{"Cairo", "Giza", "Luxor"}},
	{"JP", "Asia/Tokyo", [3]string{"Osaka", "Kobe", "Nagoya"}},
	{"KR", "Asia/Seoul", [3]string{"Seoul", "Busan", "Daegu"}},
	{"AU", "Australia/Sydney", [3]string{"Sydney", "Hobart", "Perth"}},
	{"PH", "Asia/Manila", [3]string{"Cebu", "Davao", "Makati"}},
	{"CO", "America/Bogota", [3]string{"Cali", "Bogotá", "Pasto"}},
}

// blockSize is how many numbers share all but their last three digits. A plan
// looks at what comes before them, so that a few samples speak for the block; an
// import of the numbers proves it, since its counts must come out.
const blockSize = 1000

// block is a run of valid numbers of one country.
type block struct {
	country *country
	code    int    // calling code
	first   uint64 // national part of the first number
}

// blocks finds n blocks: it varies the four digits before the last three of
// libphonenumber's example of a mobile number.
func (c *country) blocks(n int) ([]block, error) {
	example := phonenumbers.GetExampleNumberForType(c.region, phonenumbers.MOBILE)
	code, national := int(example.GetCountryCode()), phonenumbers.GetNationalSignificantNumber(example)
	if len(strconv.Itoa(code)+national) == 10 {
		return nil, fmt.Errorf("the numbers of %s have ten digits and could be taken for others", c.region)
	}
	var found []block
	for infix := 0; infix < 10_000 && len(found) < n; infix++ {
		first, err := strconv.ParseUint(fmt.Sprintf("%s%04d000", national[:len(national)-7], infix), 10, 64)
		if err != nil {
			return nil, err
		}
		if b := (block{c, code, first}); b.valid() {
			found = append(found, b)
		}
	}
	if len(found) < n {
		return nil, fmt.Errorf("%s has %d blocks of numbers and not the %d needed; ask for fewer rows", c.region, len(found), n)
	}
	return found, nil
}

// valid tries samples whose last digits have every value in every place.
func (b *block) valid() bool {
	const step = 37
	for last := uint64(0); last < blockSize; last += step {
		code, national := int32(b.code), b.first+last
		if !phonenumbers.IsValidNumber(&phonenumbers.PhoneNumber{CountryCode: &code, NationalNumber: &national}) {
			return false
		}
	}
	return true
}
