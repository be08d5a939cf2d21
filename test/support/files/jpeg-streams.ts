import { formatOf } from './frames';

const SMALL_GREY = formatOf({
  rows: 11,
  columns: 13,
  samplesPerPixel: 1,
  bitsAllocated: 16,
  bitsStored: 12,
  photometricInterpretation: 'MONOCHROME2',
});
const GREY = formatOf({
  rows: 18,
  columns: 21,
  samplesPerPixel: 1,
  bitsAllocated: 16,
  bitsStored: 12,
  photometricInterpretation: 'MONOCHROME2',
});
const YBR_FULL_422 = formatOf({
  rows: 18,
  columns: 21,
  samplesPerPixel: 3,
  bitsAllocated: 16,
  bitsStored: 12,
  photometricInterpretation: 'YBR_FULL_422',
});

/** Lossless JPEG, as dcmtk writes it, of the images that `samplesOf` makes. */
export const LOSSLESS_STREAMS = [
  {
    name: 'predictor 1',
    format: SMALL_GREY,
    codeStream: fromBase64(
      '/9j/4AAQSkZJRgABAQAAAQABAAD/wwALEAALAA0BAREA/8QAGwAAAwEBAQEBAAAAAAAAAAAACgsMCQgHBRD/2gAIAQEAAQAA/eu6L7olFmin/wAlw1zcWzcz6FC0z3742yJsMmj32TWi7g6bHfBIO6PZnvsmSbGDeBse2mu2U1Q9jQOMmkyDPeItLo5kYudst0Ikx6I/+keqXKXuk9iyeRWHvXUtgRcXQ/fkW6VOXPqx2e5snwOm5ZEg8sk4NDyz3bYqp3krPeP+98023wKqNkYPJFGyUyW8Gnv5Pb13RfdEos0U/wDkuGucxY7nfQoWme/fG2RNhk0e+ya0XcHTY74JB3R7M99k4kwwfwNj2012ymqHsaBxk0mQk9iLi6OZGLnbMueSa9En/WPaXFvf///Z',
    ),
  },
  {
    name: 'predictor 2',
    format: SMALL_GREY,
    codeStream: fromBase64(
      '/9j/4AAQSkZJRgABAQAAAQABAAD/wwALEAALAA0BAREA/8QAGQABAQEBAQEAAAAAAAAAAAAACwwKCQcQ/9oACAEBAAIAAPvXei/dHUXtF3/yXCubFs3M9CC0nuskxa2Q7HP+hMJ7rJTFjZE7E/8AJ7rJMWzY8ZLvBRcT3lkWLZsfZNHgJ7yyMxZqLdj3gouSeyyTFuot2PeDJ7LJd8GyNk0/7Itp7rJQ97ZEZK/8nuskxbqLnYt4KLie8sixbqLdj3gp7yyMxZNj7Jt4KLie6yTFs2PsmjwJPbqr3w1F7Jt4KLknt1Vh79ReybeCnuskxa2Q7HP+hMJ7rJMWtkTsT/ye6yUxZNjxku8FFxPeWRYtmx9k0eBJ7SyLFuot2PeDItyeyyUxZqLnYt4P/9k=',
    ),
  },
  {
    name: 'predictor 3',
    format: SMALL_GREY,
    codeStream: fromBase64(
      '/9j/4AAQSkZJRgABAQAAAQABAAD/wwALEAALAA0BAREA/8QAGgABAQEBAQEBAAAAAAAAAAAACwwKCQcIEP/aAAgBAQADAAD9670X7o6i9ou/+S4VzYtm5noQWk9173RKJmnuNCxLjX1guFnNd8B+sp7tFPviZzJc9BR7MHHP49OJJsOLZPeckB5lkW56DymRmqMHVsgVPX+5UZPae/TYYteCDWIrnQ7NYe00LEvnsT3oW1c2yAHBcWin38uBRFe9kyuiE9w9Zg2diC3XQcloeuBdZJh4zmlyye0qnps3gqLM1vgCKE0zwIa1RYcAnuve6JRM09xoWJca+sFws21/wH6ynu0VPvCZzJc9BR7MHHP49OJJsOLaT2nJAeVkm56DwZCaowdZjypz/MqP/9k=',
    ),
  },
  {
    name: 'predictor 4',
    format: SMALL_GREY,
    codeStream: fromBase64(
      '/9j/4AAQSkZJRgABAQAAAQABAAD/wwALEAALAA0BAREA/8QAGwAAAgMBAQEAAAAAAAAAAAAACAwKCw0JBxD/2gAIAQEABAAA+9d6L90ZRc0Wf+pcWudxatzX0NC1Z7k2TZNk2hNE24vE2hNaE2hNaE3Z7k2TaE1Bd0JsmybQmtCbQmnF5Cas90Jom3F6zYguk2hNaE2TcF2zYguqe2hNwXbNiC6prwXdCbJvMXdTYzF3U2LPcmybguqa7i8TZNoTWhNwXbNiC7Z7oTRNk24vE2TZNk2TaE04vITSns4vE2TZNk2TaE04vITWhNk2TdnuTZNk2TaE0Tbi8TZNk2hNaE3Z7k2hNE3Bd0JsmybQmtCbQmnF5CaU9ib0JuC7ZsQXUJom9CbQmnF5TXcXv///2Q==',
    ),
  },
  {
    name: 'predictor 5',
    format: SMALL_GREY,
    codeStream: fromBase64(
      '/9j/4AAQSkZJRgABAQAAAQABAAD/wwALEAALAA0BAREA/8QAGwAAAwEBAQEBAAAAAAAAAAAACQsMCggHBhD/2gAIAQEABQAA/eukXOjqL2i7/wCS4a5uLZuZ9ChaZ79lEnMIeGI91Nuu9qsdjYHyNdmSz3IuXSHQz4VReugk8dDX/wAi3Q+SirPeFkOE3iZNCb2bQudfgxNQ2PJUk0ntTZZ0WRYi5UTkWnCYewLl4tCLX6DPfQB98HyU0ebmy0HyRVWSQjz84TPeJM6M7peTmj0AaXca+xeNzpspC2T2cvdsk2MmfDSbFU0dMbHXgsHsPTPfsok5hDwxHupt13tVXYsD5GuzJZ7kXhczo58KovXQSeOhr/5Fuh8lFZPYstOFnhZNCbjNS6V+EiZQ2zklJP8A/9k=',
    ),
  },
  {
    name: 'predictor 6',
    format: SMALL_GREY,
    codeStream: fromBase64(
      '/9j/4AAQSkZJRgABAQAAAQABAAD/wwALEAALAA0BAREA/8QAHQABAQEAAwADAQAAAAAAAAAADAoLBQgJBgcNEP/aAAgBAQAGAAD++3fRf3RqLtFv/Jcauexabm3ocFrT3sXtkuyv/ImRMoq7Fxsa7If8xN097F7ZB2J8FRdT5WSMWWyDsd8IRbp7jFs2Pd12HuQp8FkLF7ZOumw9yBPZYv0m10PgJmrBcVk2L/nkzdD8/Bc16e9i9snXQw6gQp8rJGLLZOumw9yGnuMWzY87HfCoup8rJsXtkHY74Qi0nttteo3sn7w0XU+CyNtoKKmT94aLtPexe2S7K/8AImRMoq7F7ZLsh/zE3T3sXGx52J8FRdT5WSMWWyDsd8IRaT2zFlsnXTYe5AT3lkLFxse7qYdQIf//2Q==',
    ),
  },
  {
    name: 'predictor 7',
    format: SMALL_GREY,
    codeStream: fromBase64(
      '/9j/4AAQSkZJRgABAQAAAQABAAD/wwALEAALAA0BAREA/8QAGgABAQEBAQEBAAAAAAAAAAAACwwKCQgHEP/aAAgBAQAHAAD99d6L90dRe0Xf/JcK5sWzcz0ILSe+0Xfgk0qLL3cmdg66Ez05LPn0PSe+5ND2TnFUQeTJ2qzDrZE7lvgmqE949/EV74Xg0mqLR0LNbixwVDXjXk9kLvTawffCbXNE34NcxktAdI9Usae6PewfsnM9a6NyaHs4Kskg90GVzT3kyDVD/tRezbfAkX5TXgmiVFpcCT29s9hNF2tncGhdJr7ZJA5LlWTganvtF34JNKiy93JnYOuhx6clnz6HpPfcnIeY5xVEHkydqsw62RO5b4JqiT2PfSL98LwaTZRU6FmucV3Bg1Jsf///2Q==',
    ),
  },
  {
    name: '8 bits',
    format: formatOf({
      rows: 11,
      columns: 13,
      samplesPerPixel: 1,
      bitsAllocated: 8,
      bitsStored: 8,
      photometricInterpretation: 'MONOCHROME2',
    }),
    codeStream: fromBase64(
      '/9j/4AAQSkZJRgABAQAAAQABAAD/wwALCAALAA0BAREA/8QAGwAAAgMBAQEAAAAAAAAAAAAABQYEBwgDAgH/2gAIAQEAAQAAz/7kzypthZ21zxw/2K0yJxQ0wM0lyxu/WJZTTNJmebK1zsbPths2TmkkY5Mndwwk+WEy2djBpL8WPti4kYsFks3F9stJz51xaRLnbGaW/K7204g6SiBY4xWXi10erAxR7kzypthZ23GTy/2K0yJxQ0wM0nGLw/WJklpmkzPNla8Gu77YbNk5pJGOTJ3xeTfLCZcmuP8A/9k=',
    ),
  },
  {
    name: '16 bits',
    format: formatOf({
      rows: 11,
      columns: 13,
      samplesPerPixel: 1,
      bitsAllocated: 16,
      bitsStored: 16,
      photometricInterpretation: 'MONOCHROME2',
    }),
    codeStream: fromBase64(
      '/9j/4AAQSkZJRgABAQAAAQABAAD/wwALEAALAA0BAREA/8QAGgABAQEBAQEBAAAAAAAAAAAADw4NDAsJEP/aAAgBAQABAAD96/uj77vjU9dryoO+m7Kzpsua4477ghN0o6/f8bflT9lnzX/Al7Wj7sec35D3hA92J2qjr7PnS9tjz+AGk7arq7fk25Lzhgt4l7Q7YKOvR91f0cwIj7nb8r+hS9rviAd6k7Y3YsOeo69b08gKi7vX9LujR91f0AN8j7gzZL+gY0yjr2/J8AOn7W9Kh763pueMLuVHXXdEvp3XFUddB3/f80/bf8Kvqt+RD3hW0W9JnzHPGf8AAUdf1/dH33fGp67XlQd9N2VnTZc1xx33BCbpR1+/42/Kn7LPmv8AgS9rR92POb8h7wge7E7VR19nzpe2x5/ADSdtV1dvybcl5wwW8S9odsFHXo+6v6OYER9zt+V/Qpe13xAO9SdsbsWHP//Z',
    ),
  },
  {
    name: 'colour',
    format: formatOf({
      rows: 7,
      columns: 9,
      samplesPerPixel: 3,
      bitsAllocated: 8,
      bitsStored: 8,
      photometricInterpretation: 'RGB',
    }),
    codeStream: fromBase64(
      '/9j/wwARCAAHAAkDABEAAREAAhEA/8QAGgAAAwEBAQEAAAAAAAAAAAAABAUGCAMHAv/aAAwDAAABAAIABQAAz+g9C+/v7JJJPPPatWrt3hqhoaGnp6etxZW1NTU9+/corBJpprBgwZs9JtsKthRRXmnHlTU4oJJJMM0YeeeuXLmuFGrjTDgoorDr59U1NSYYYfg49cuXU1NTCe6iO3bvBZhmoaHEFTiipOOOW+3Laampgww8V1lZx48dHnn0dH5FU1NSxYsfr6+gww8VVdX71x4nHYNYsWNNiXU1TU1OEmbPr16kEEe88OBx2DWLHSLRo0qPJ6j//9k=',
    ),
  },
  {
    name: 'colour of 16 bits',
    format: formatOf({
      rows: 7,
      columns: 5,
      samplesPerPixel: 3,
      bitsAllocated: 16,
      bitsStored: 16,
      photometricInterpretation: 'RGB',
    }),
    codeStream: fromBase64(
      '/9j/wwAREAAHAAUDABEAAREAAhEA/8QAGgABAQEBAQEBAAAAAAAAAAAADA8ODQsKEP/aAAwDAAABAAIABAAA/UGf+z71/fX99f3o+/R9+j793x7vj3fHU9ep69T11HXqOvUddP2n7T9p+0/aftP2n7T9p+0/afuo69R16jrp+0/aftP2n7T9p+0/afvCDuEHcIO1HXqOvUddP2n7T9p+0/afvCDuEHcIO0/Yp+xT9io69R16jrp+0/afvCDuEHcIO0/Yp+xT9jCDuEHcIO1HXqOvUddP2n7T9p+0/afvCDuEHcIO0/Yp+xT9io69R16jrp+0/aftP2n7T9p+0/afvCDuEHcIO//Z',
    ),
  },
] as const;

/** Extended and progressive JPEG, as dcmtk writes it, with the SHA-256 of the frame that dcmtk decodes from it. */
export const EXTENDED_STREAMS = [
  {
    name: 'sequential grey',
    format: GREY,
    codeStream: fromBase64(
      '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRofHh0aHBwgJC4nICIsIxwcKDcpLDAxNDQ0Hyc5PTgyPC4zNDL/wQALDAASABUBAREA/8QAGAABAAMBAAAAAAAAAAAAAAAACQYHCwz/xAAxEAAAAQgGCQUBAAAAAAAAAAAEAAIDBQYHCBQJEhMmQ1IBERUWJTQ1QkQXGBnR4WH/2gAIAQEAAD8AyloP6IDp93MuCT8QgUQHI3cy4JOQ42iAuOZdzLg/zSUwhAogOn3dy4P4T8QgUQPI3dy4P4SBv8VtGzRasO775Co54UIRfUWf3J9wT4WdYHefZ+gNP7N2wMDTktPAraxr2U2gr1bUytVUH6iU/D+FAe3xzPon4hAUSo1AeFAe3xzPouXbbeJl/cdL2WpiQi8fe8qIR+7YyO87znuNWOaxpl5KAkIEJOrRYpUwoTYhAoYMjtEh1mhDokZuoww03R//2Q==',
    ),
    digest: '842a9bf8a84e1f733785978dd9272f015b0cefcf6ac320c23b47b4d572810447',
  },
  {
    name: 'sequential 4:4:4',
    format: formatOf({
      rows: 18,
      columns: 21,
      samplesPerPixel: 3,
      bitsAllocated: 16,
      bitsStored: 12,
      photometricInterpretation: 'YBR_FULL',
    }),
    codeStream: fromBase64(
      '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRofHh0aHBwgJC4nICIsIxwcKDcpLDAxNDQ0Hyc5PTgyPC4zNDL/2wBDAQkJCQwLDBgNDRgyIRwhMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjL/wQARDAASABUDAREAAhEBAxEB/8QAFwABAQEBAAAAAAAAAAAAAAAACQsGB//EAC4QAAAFAQYEBQUBAAAAAAAAAAECAwQFBgAHCAkREhMmQ1IKFCU1YSE0QkTR4f/EABoBAAIDAQEAAAAAAAAAAAAAAAAKBwgJAwb/xAAmEQACAgEEAgIBBQAAAAAAAAACAwEEBQAGERIHEwkhMQgKFCIj/9oADAMBAAIRAxEAPwCZtg/ygPb+XO3o2nTUNafjCBlAfY8udvRsaNORcblAcjk5c7ej8DY0a2GEDKA9v5d7ej/ljRp7cKeUrHQkc2kJaMasGKOziOXW1JMmogUNTG0ANREAD5ELeU3xv3anj/Av3PvPJ18bjkdfbZtOXXQvuYrD2OaQLDuwwWPYo7GQjHJFET3rVX2mwmuEmc/iBiZmePueIj7/AB965Xi68QZ4ffKkvRTuHxQY9LoaVvAS8ym9YmPIP02jlq4O1dMlVo5k7Ii+brpqJuGa4pOEB4RjpgVZMxsvd0fJrvbdxBc/TN4qyW8sbHEsuscGGQYsSlyGVF3EncsKOGMAnNq1Vd0z/HOyEyYXZwXx++Xn7Wobu3SFXB0sh2moWUyGNxc2wEFMJtYcndpFYR63oKH14cmfbEeyCiY0huD+Ch/T/SmP4/rk/ltbdUf0PPjnr470Loco+jI+7O8ir6KZVRfpCUdPtqanHManLwL+j54z+KdFQOUF2LkUkhWbKbklRTJvKbaGiqHnDKXt9/KNvXbG73nkcdhMfWfjq1kpeig9lXAsY6klsmuq02f6GxArMj/sUyX3pjb9vXsLam5fNtl2dxle0dbFvsqlyVtlVlOSowmwuTEpB6oIoU0eGL7T1KOZ1EUoCZlLxmTqq64knlT1G/4Pm5ebXM9duNiZUycRZUTHPtIQhA1EdClKAfQAs1DjMXRxVUaWOQCUhz1ABgBjmZmeBGIiOZmZniPuZmfzOl9N8b93X5Azz9z7zydjJZF/X22bTmWHs6AKw9jmkbD6LAFj2KeoCIxwIxEf///Z',
    ),
    digest: '311611e77d427508696400205e463df70a7f71a0b76b3c27f1f9d6372880d889',
  },
  {
    name: 'sequential 4:2:2',
    format: YBR_FULL_422,
    codeStream: fromBase64(
      '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRofHh0aHBwgJC4nICIsIxwcKDcpLDAxNDQ0Hyc5PTgyPC4zNDL/2wBDAQkJCQwLDBgNDRgyIRwhMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjL/wQARDAASABUDASEAAhEBAxEB/8QAGAABAQEBAQAAAAAAAAAAAAAACQALBgf/xAAuEAAABQEGBAUFAQAAAAAAAAABAgMEBQYABwgJERITJkNSChQlNWEhNEJE0eH/xAAaAQACAgMAAAAAAAAAAAAAAAAACQYHAgUI/8QAKBEAAwACAQIFAwUAAAAAAAAAAQIDBAUABhEHCAkSIRMUQRYiJDEy/9oADAMBAAIRAxEAPwDM2wf5QHt/Lnb0bPxhAygPseXO3o2vTlNcci43KA5HJy529H4G1Y4c7DCBlAe38u9vR/yz24U8pWOhI5tIS0Y1YMUdnEcutqSZNRAoamNoAaiIAHyIW1W+32q6d1WVu93lTxcPFm9bWq6zlKU1L0rWjlUnOaKXd3IVVBZiACeZyk9nWc1LMxAAA7kk/wBAD8k/gc8rxdeIM8PvlSXop3D4oMel0NK3gJeZTesTHkH6bRy1cHaumSq0cydkRfN101E3DNcUnCA8Ix0wKsmY1ZSO99RrzEbzY22Xg54FZ+/6bof4exrso69syQ/abjDtiVtCbuH+ktmWzS9j2lCjNCfcMPIR1/jY0P1Js9Vq8qk51OLnbrR4WVNLItZGuLmbPGyZGknSqisU9yOrr7kZWZDcH8FD+n+lMfx/XJ/LDz456+O9C6HKPoyPuzvIq+imVUX6QlHT7ampxzGpy8C/o+eM/inRUDlBdi5FJIVmym5JUUybym2hpLPVmyrt0V0Bpy5+0zupsGWTLufpZEkwtlkrK8/81muRCF1SgZRaMqgB5owm/pM6HVb7zfdGYO4xZ5ETkqSlUWiEj5BKuCO4PyD2+OYilATMpeMydVXXEk8qeo3/AAfNy82uZ67cbEypk4iyomOfaQhCBqI6FKUA+gBas1DFxYYcExsZAk0AVVUAKqgdgqgdgAAOwA+APgcX1vt9teotrlbvd5VMrMyqPW1qu1K1rRi9K1o5Z6Uo7F3dyWZiWYkknn//2Q==',
    ),
    digest: 'd10953a46fccd9050bedb79c728ae25fca1102bc6747181a8d6cc4e19ec60ba7',
  },
  {
    name: 'sequential 4:2:0',
    format: YBR_FULL_422,
    codeStream: fromBase64(
      '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRofHh0aHBwgJC4nICIsIxwcKDcpLDAxNDQ0Hyc5PTgyPC4zNDL/2wBDAQkJCQwLDBgNDRgyIRwhMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjL/wQARDAASABUDASIAAhEBAxEB/8QAFwABAQEBAAAAAAAAAAAAAAAAAAkLCv/EAC4QAAAEBAQEBQUBAAAAAAAAAAECAwQABQYHCAkREhMmQ1IKFCU1YSE0QkTR4f/EABYBAQEBAAAAAAAAAAAAAAAAAAcICf/EACsRAAICAQIDBQkAAAAAAAAAAAECAwQRAAUGBwgJEjd1siE1OFFSc3SztP/aAAwDAQACEQMRAD8AzNsH+UB7fy529GL8YQMoD7Hlzt6MX4wgZQHt/Lvb0f8AIvbhTylZdJJc2mE2ljVgxR2cRy62pJk1EChqY2gBqIgAfIhDVfv1NuqS3r0qxQxKzu7sFREUEszMSAqqASzEgAAknGhtVZ2CqMk654rG5QHI5OXO3o/Awi5OLrxBnh98qS6Kdh8UGPS0NK3AS8ym9YmPMH6bRy1cHaumSq0uZOyIvm66aibhmuKThAeEY6YFWTMZEkXuu7knWsvDVsbhcjU4E9LY98v1ZB9UFylttirYT5SQTSITkBsg6cU6ZucbxpKeGbih1V170DqSrqGRsMAcMpDKce1SCMgg6obg/kUn9P8ASmP4/rk/kR58c9eO6Foco+jJfbO5FX0Uyqi+kko6ftqanjmWpzeQv6Pnxn8qdFQOUF2LkUkhWbKbklRTJvKbaGiET/2tXgjtPnW1/tbTP2c/xOcIflx+oaxFKAnM0uMydVXXEyeVPUb/AIPm5vO1zPXbjYmVMnEWVExz7SEIQNRHQpSgH0AIQhGknC3uKl9qP0DU+8+fFbifzC5/TJr/2Q==',
    ),
    digest: 'c9bab49db7afe445e591e4277ccfc9d64057870fd879e3e5e3674a9f7d729d73',
  },
  {
    name: 'sequential RGB',
    format: formatOf({
      rows: 18,
      columns: 21,
      samplesPerPixel: 3,
      bitsAllocated: 16,
      bitsStored: 12,
      photometricInterpretation: 'RGB',
    }),
    codeStream: fromBase64(
      '/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwAIBgYHBgUIBwcHCQkICgwUDQwLCwwZEhMPFB0aHx4dGhwcICQuJyAiLCMcHCg3KSwwMTQ0NB8nOT04MjwuMzQy/8EAEQwAEgAVA1IRAEcRAEIRAP/EABoAAQADAAMAAAAAAAAAAAAAAAkGCgsHCAz/xAA1EAAAAwQGBgkFAQAAAAAAAAADBAUCBgcIAAkTFCZDARIVFiVSChEXNDVCRNHhCxhRYXEZ/9oADANSAEcAQgAAPwDKWk/qgPD8OcuTTNak/qgPD8OcuTSg9J/VAeH4c5cmj8SgVQHccOcuTR+JQKoDuOHOXJo/EoFUB3HDnLk0ciBtUBgdjDnLk/rTRyIG1QGB2MOcuT+tNHIgbVAYHYw5y5P600mEoFUB4fh3lyfikwlAqgPD8O8uT8UmEoFUB4fh3lyfij8SgVQPccO8uT8UfiUCqB7jh3lyfijKpEm8tki0tq9MhN5GOFEvcCHOuO88TouPcnOm7KHezYBEpfVRRFBKlrY2aLFg7QRm0GMBBs9bbbLOlA4+JtWzVauPD7/QqeeVCUXtFv8AuT9wUYXdcHefZ+gtf9m7YOFr5dr8StrHXsr2Br6tqxrdeZxelA9Fkqfpll+UOcytghOgR3dW3Bep1YcuU9cTt1z5VQOppxJVzbpJKmVS1csbTzQRhKNigni+qG0KAGwMC0JUqrJfqoNU5JzFlKhbVT1dsWKxhziOvvPFx5ntHgk7I2uTIGCmwAFFCUVg/wBQphRKmtopqRYjJ7OkvfwDDI7HFUn6Ej8P4UR8vp2PaiaSfoSPw/hRHy+nY9qX5pP0JH4fwoj5fTse1H4lAQkjqI8KI+X07HtSt59WemZj5KZ0MeAf23xviVBrtbnFQIVxH7OXrPO7vm5irD1/tqO2r3IULaCQcu4F4IGLQuPYh2gbWoz1Yj31MiZmPkYen9T0y3xOjfEp94EQI7O+yKGLzPWeUnZh5tuFzkHlrYCWOK2VSr+bDDMmroGFeRmGRBddvRoap5dt95mY9z0xZemZCbyN8SphI7vjcd54nRces89jzLl0JAkSl9VFEUY0ZsShUsWDtBGrMEuEGz1MMMs6MbSByEj7jscKI+X07H4/lBSgchI+47HCiPl9Ox+P5T//2Q==',
    ),
    digest: '94c32de24672fb4838d29b53377869206d922ba26b6be9a540e0cd1aa4493398',
  },
  {
    name: 'spectral selection',
    format: GREY,
    codeStream: fromBase64(
      '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRofHh0aHBwgJC4nICIsIxwcKDcpLDAxNDQ0Hyc5PTgyPC4zNDL/wgALDAASABUBAREA/8QAGAABAAMBAAAAAAAAAAAAAAAACQYHCwz/2gAIAQEAAAAAyln4ciYPwgdVPxy7f//EABsQAAIDAQEBAAAAAAAAAAAAAAgJAAUHBhEm/9oACAEBAAEFAA/UBBAUBMNUB8OICgIICgZvlatlWvDh/RU8ECiqPO3Jnezp1n//xAAuEAAAAQkFBwUAAAAAAAAAAAAEAAIDBQYHCBMUARImQ1IVFiVCRNHhERcYGWH/2gAIAQEABj8AV+HNOSQHDmnJIzDmnJ/LSV+HdOT4IDh3Tk+Cd99hUc8KEIvuLX7k/IJ8LOsDvPs+wNX7N2wMDVlNXAp0m/Kq0F+7NMvK/hQHl6czsQHhQHl6czsTUxIRePveVEI/dsaHed5z3GrHNY0y8pASECErVosUqYUJkhAoYMjmJDpaEOiRm+hhhptn/9k=',
    ),
    digest: '842a9bf8a84e1f733785978dd9272f015b0cefcf6ac320c23b47b4d572810447',
  },
  {
    name: 'progressive grey',
    format: GREY,
    codeStream: fromBase64(
      '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRofHh0aHBwgJC4nICIsIxwcKDcpLDAxNDQ0Hyc5PTgyPC4zNDL/wgALDAASABUBAREA/8QAGAABAAMBAAAAAAAAAAAAAAAACAUGCgv/2gAIAQEAAAABylPxyTD8QVUfnLt//8QAGhAAAgMBAQAAAAAAAAAAAAAABgcAAwUEJP/aAAgBAQABBQIPUEEFBMNQeEQUEEFBN+tbK3hD6KYIUVTtJt461v/EACkQAAEBBgUCBwAAAAAAAAAAAAISAAEDBAUGERMUJKEjkhUWFyExNFH/2gAIAQEABj8Ch7fhg2/DfX4aHt+GDb8NT/UK+bUtHxFei8wViXkNTlpXl5xitKwxw+FO/Wh9IO1g6QdrTVyXfW6lcNdnEamp1eaObmY6QcArixHvIsBERdi/2cLnN//EAB4QAAEDBAMAAAAAAAAAAAAAAAABEaEhMUGBYXHw/9oACAEBAAE/IYUx5pupjTHnznu5gr7tmPoHA1bgc0Gu1cNwMiiIh//aAAgBAQAAABD7/wD/xAAdEAACAQQDAAAAAAAAAAAAAAAA8AEQEXHBMYGR/9oACAEBAAE/EKKaKziRw0MGjALZIxU+ykfC3UcHX5NIZsrASM///9k=',
    ),
    digest: '842a9bf8a84e1f733785978dd9272f015b0cefcf6ac320c23b47b4d572810447',
  },
  {
    name: 'progressive 4:2:2',
    format: YBR_FULL_422,
    codeStream: fromBase64(
      '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRofHh0aHBwgJC4nICIsIxwcKDcpLDAxNDQ0Hyc5PTgyPC4zNDL/2wBDAQkJCQwLDBgNDRgyIRwhMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjL/wgARDAASABUDASEAAhEBAxEB/8QAGAABAQEBAQAAAAAAAAAAAAAACAAKBQb/xAAaAQACAgMAAAAAAAAAAAAAAAAACAUGAgQH/9oADAMBAAIQAxAAAAHM0/L1THJB2HvqZeVlI7ghh5LTmIqahfP/xAAcEAACAwEAAwAAAAAAAAAAAAADBwAFBggCBCT/2gAIAQEAAQUCx6gmQUEo1B8OQUEyilGEeu6D59VNpjwBnc9xaVCj9AxbHw//xAAiEQACAgEDBAMAAAAAAAAAAAABAgMEEQAFEgcIEyEQFZH/2gAIAQMBAT8B+FUuQqjJOk6Cb/HGn2VmrVlZVbxT3aMMqhwGXlFNZjkXkpDDkgyCCMggntMoVb/V/ZoLkSyJ5B6YBh+HV+/a3G1LduytLNKxZ3YlmZmOWZmOSzMTkk+yfZ1//8QAJhEAAgIBAgUEAwAAAAAAAAAAAQIDBBEFMQAGCBIhBxATIzNCUf/aAAgBAgEBPwH2v36unVZbt2VYoYlLO7EKqqoyzMxwFVQMknwB5PF7qN9RL1h7PJ3Is9/TW/DYaylczLt3/C8TOik57Q5DlcF1RiUXqzlc6LoFPP1T6nAsi/rIohsyBXXZlEiI4DZHeituoPEUSQoI4xhR4AGwH8HH/8QAIxAAAQMDBAMBAQAAAAAAAAAAAgEDBAARIQUSJKEGIzE0kv/aAAgBAQAGPwJvj9UHH6r8/VN8fqhcdbEAT6RYSk0Hyjz3SIuoJuQw9hoJCW0gVWwKxiqKhAtiTGMpTfqD+aht6ZqUuEErXWYb4xnybR1g4b+9orfQKyXFcLailTnDkyDtudeXeRYtlVr/xAAcEAEAAgIDAQAAAAAAAAAAAAABABEhQTFxoYH/2gAIAQEAAT8h8WfPnG6z5s0o/wAENcsuQYKqjJ50EmjPwHSOohQulZvEoWNTMtf9IDKWgDoJ/9oADAMBAAIAAwAAABDdo+P/xAAaEQEAAgMBAAAAAAAAAAAAAAABABEQIUEx/9oACAEDAQE/EMPQQABar4B1eEv9goStnj0rSCSAy8psUUsdjWolYGZxtUT6hRVZ/8QAGREBAAMBAQAAAAAAAAAAAAAAAQARIRBB/9oACAECAQE/EOJWBmcbVE+AUAWMTzGDohrmB2JLPY75dZHQBgUF8oAACgCgAKAwMJ//xAAeEAEAAgIBBQAAAAAAAAAAAAABABEh8EEQMWGRwf/aAAgBAQABPxDoppqzszcPk5PKUqC6AtQPKSxgNKybxBbVQGpH1BEc+lGZr2nhiuco72iab7WgGAn/2Q==',
    ),
    digest: 'd10953a46fccd9050bedb79c728ae25fca1102bc6747181a8d6cc4e19ec60ba7',
  },
  {
    name: 'sequential of 8 bits',
    format: formatOf({
      rows: 18,
      columns: 21,
      samplesPerPixel: 1,
      bitsAllocated: 8,
      bitsStored: 8,
      photometricInterpretation: 'MONOCHROME2',
    }),
    codeStream: fromBase64(
      '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRofHh0aHBwgJC4nICIsIxwcKDcpLDAxNDQ0Hyc5PTgyPC4zNDL/wQALCAASABUBAREA/8QAFwABAQEBAAAAAAAAAAAAAAAABQIHBP/EACQQAAAFBAIBBQAAAAAAAAAAAAABAgMEBRESMSEiYRMUMmKR/9oACAEBAAA/AMgjU3XUMRqb9Qq3TenxFxqbrgMRqb4HY+UGnoR72XHjZ3w9Z1KMrbtc+dl+iIpF14IMRiK2iGBOPvS3FPyXXHnlWyccUalHYrcmfgf//9k=',
    ),
    digest: 'b26460ab9e304f66eca39ed061778bcd34c74818b0c3f5ba45c2f23bc984b6a7',
  },
] as const;

/**
 * Samples of an image that goes up and down.
 * @param steep slope; a large one uses every bit of a sample
 */
export function samplesOf(rows: number, columns: number, samples: number, bits: number, steep: boolean): number[] {
  const most = 2 ** bits - 1;
  return Array.from({ length: rows * columns * samples }, (_, at) => {
    const pixel = Math.floor(at / samples);
    const x = pixel % columns;
    const y = Math.floor(pixel / columns);
    const value = x * x * 3 + y * 41 + (at % samples) * 97 + ((x * y) % 7) * 5;
    return (value * (steep ? most >> 7 : 1)) & most;
  });
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
