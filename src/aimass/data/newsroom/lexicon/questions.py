"""Questions about events and facts, and the words by which readers search for events."""

# Type, role that is asked for, English, Chinese. A type may be asked about twice.
QUESTIONS = """
acquisition buyer | Which company bought {target}? | 哪家公司买下了{target}？
acquisition target | Which company did {buyer} buy? | {buyer}买下了哪家公司？
acquisition price | How much did {buyer} pay for {target}? | {buyer}为{target}付了多少钱？
appointment person | Who got the post of {post} at {company}? | 谁得到了{company}{post}的职位？
appointment post | Which post did {person} get at {company}? | {person}在{company}得到什么职位？
resignation person | Which {post} no longer works for {company}? | {company}哪位{post}不再任职？
resignation post | Which post at {company} did {person} leave? | {person}离开了{company}的什么职位？
layoffs company | Which company dismissed {count} people in {city}? | 哪家公司在{city}裁掉{count}人？
layoffs count | How many jobs did {company} cut? | {company}裁了多少人？
strike company | Where did the staff stop working for {span} in {city}? | {city}哪家公司的员工停止工作{span}？
strike span | How long did the staff of {company} not work? | {company}的员工多久没有工作？
launch product | What new thing did {company} bring out? | {company}推出了什么新品？
launch price | How much did {company} spend on {product}? | {company}为{product}花了多少钱？
recall count | How many units of {product} had to go back? | 多少台{product}要退回？
recall product | Which product of {company} was faulty? | {company}的哪种产品有缺陷？
breach company | Which company lost the data of {count} customers? | 哪家公司丢失了{count}名客户的数据？
breach count | How many customers of {company} lost their data? | {company}多少名客户的数据丢失？
match winner | Which team won against {loser}? | 哪支球队赢了{loser}？
match loser | Which team lost to {winner}? | 哪支球队输给了{winner}？
match score | How did {winner} and {loser} play? | {winner}与{loser}比分是多少？
transfer team | Which team does {player} join? | {player}加盟哪支球队？
transfer seller | Which team did {player} play for before? | {player}此前效力哪支球队？
transfer fee | How much did {team} pay for {player}? | {team}为{player}付了多少钱？
injury span | How long can {player} not play? | {player}多久不能上场？
concert city | Where could {artist} be heard? | 在哪里能听到{artist}？
concert count | How many people heard {artist}? | 多少人听了{artist}？
award artist | Who got money for art from {sponsor}? | 谁得到{sponsor}的艺术奖金？
award sponsor | Which company gave a prize to {artist}? | 哪家公司给{artist}颁奖？
exhibition city | Where could pictures by {artist} be seen? | 在哪里能看到{artist}的画？
exhibition span | How long were pictures by {artist} on view? | {artist}的画展出多久？
lawsuit plaintiff | Which company wants money from {defendant}? | 哪家公司向{defendant}索要赔偿？
lawsuit defendant | Which company shall pay {plaintiff} for damages? | 哪家公司要向{plaintiff}赔偿？
lawsuit damages | How much does {plaintiff} want from {defendant}? | {plaintiff}向{defendant}索要多少钱？
arrest person | Whom did the police of {city} hold? | {city}警方抓了谁？
arrest crime | What is {person} accused of? | {person}被控什么罪？
fine company | Which company had to pay for breaking the law in {city}? | 哪家公司在{city}因违法被罚？
fine amount | How much must {company} pay to the court? | {company}要向法院交多少钱？
storm city | Which city had the bad weather? | 哪座城市遭遇恶劣天气？
storm count | How many suffered from the weather in {city}? | {city}多少人家受天气影响？
earthquake city | Which city shook? | 哪座城市发生震动？
earthquake magnitude | How strong was it when {city} shook? | {city}的震级是多少？
fire company | Which company suffered damage by fire in {city}? | {city}哪家公司因火受损？
fire loss | How much did {company} lose by fire? | {company}因火损失多少？
"""

# Words that no wording of the event has in common with a reader.
SEARCHED = {
    "acquisition": ("takeover", "merger", "purchase"),
    "appointment": ("new boss", "promotion", "management change"),
    "resignation": ("departure", "exit", "leaving boss"),
    "layoffs": ("redundancies", "job losses", "downsizing"),
    "strike": ("industrial action", "labour dispute", "picket"),
    "launch": ("release", "new product", "premiere"),
    "recall": ("defect", "product safety", "refund"),
    "breach": ("cybercrime", "data protection", "security hole"),
    "match": ("game", "fixture", "league result"),
    "transfer": ("new player", "contract", "transfer market"),
    "injury": ("fitness", "sick list", "recovery"),
    "concert": ("music", "tour", "live"),
    "award": ("trophy", "medal", "laureate"),
    "exhibition": ("gallery", "painter", "art"),
    "lawsuit": ("litigation", "trial", "legal dispute"),
    "arrest": ("custody", "jail", "suspect"),
    "fine": ("sanction", "court ruling", "offence"),
    "storm": ("weather", "hurricane", "blackout"),
    "earthquake": ("seismic", "disaster", "ruins"),
    "fire": ("blaze", "firefighters", "burning"),
}
