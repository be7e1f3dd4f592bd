"""The services of `aws-sdk:` Tasks by the words before their errors; in lower case they are the names in resources.

Source: AWS Step Functions, "Learning to use AWS service SDK integrations", the list of services, without those that
botocore has no model of any more.
"""

PREFIXES = """
    SageMakerA2IRuntime ApiGateway ApiGatewayV2 Account Amplify AmplifyBackend AmplifyUiBuilder AppMesh AppRunner
    AppConfig AppConfigData AppFabric AppIntegrations AppStream AppSync Appflow ApplicationAutoScaling
    ApplicationCostProfiler ApplicationDiscovery Mgn Athena AuditManager Dsql AutoScalingPlans B2Bi Backup
    BackupGateway BackupSearch Batch Bedrock BedrockAgent BedrockRuntime BedrockAgentRuntime Billing
    Billingconductor BcmPricingCalculator Braket Budgets Acm AcmPca Chime ChimeSdkIdentity ChimeSdkMediaPipelines
    ChimeSdkMeetings ChimeSdkMessaging ChimeSdkVoice CleanRooms CleanRoomsMl CloudControl CloudDirectory
    ServiceDiscovery Cloud9 CloudFormation CloudFront CloudFrontKeyValueStore CloudHsm CloudHsmV2 CloudSearch
    CloudTrail CloudTrailData CloudWatch ApplicationInsights ApplicationSignals InternetMonitor CloudWatchLogs Oam
    ObservabilityAdmin Rum Synthetics Codeartifact CodeBuild CodeCatalyst CodeCommit CodeConnections CodeDeploy
    CodeGuruProfiler CodeGuruReviewer CodeGuruSecurity CodePipeline CodeStarConnections CodestarNotifications
    CognitoIdentity CognitoSync CognitoIdentityProvider Comprehend ComprehendMedical ComputeOptimizer Config Connect
    ConnectCampaigns ConnectCampaignsV2 ConnectCases ConnectContactLens CustomerProfiles ConnectParticipant VoiceId
    Wisdom ControlCatalog ControlTower CostExplorer CostOptimizationHub CostAndUsageReport BedrockDataAutomation
    DataExchange BcmDataExports Dlm DataPipeline DataSync DataZone DatabaseMigration Deadline Detective DevOpsGuru
    DeviceFarm DirectConnect Directory DirectoryServiceData DocDb DocDbElastic DynamoDb Dax DynamoDbStreams Ebs Ec2
    AutoScaling Imagebuilder Ec2InstanceConnect Ecr EcrPublic Ecs Efs Eks EksAuth Emr EmrContainers EmrServerless
    ElastiCache ElasticBeanstalk Drs ElasticLoadBalancing ElasticLoadBalancingV2 Elasticsearch SocialMessaging
    EntityResolution EventBridge Pipes Scheduler Schemas Fis FSx Fms Forecast Forecastquery FraudDetector FreeTier
    GameLift Glue DataBrew GroundStation GuardDuty Health MedicalImaging HealthLake Iam AccessAnalyzer RolesAnywhere
    Ivs Ivschat IvsRealTime SsmIncidents SsmContacts InspectorScan Inspector Inspector2 Invoicing Iot
    IotDeviceAdvisor IoTFleetWise Greengrass GreengrassV2 IotJobsDataPlane IoTSecureTunneling IoTSiteWise
    IoTThingsGraph IoTTwinMaker IotWireless Kms Kendra KendraRanking Keyspaces KinesisAnalytics KinesisAnalyticsV2
    Firehose Kinesis KinesisVideoSignaling KinesisVideo KinesisVideoArchivedMedia KinesisVideoMedia
    KinesisVideoWebRtcStorage LakeFormation Lambda LaunchWizard LexModelBuilding LexModelsV2 LexRuntime LexRuntimeV2
    LicenseManager LicenseManagerLinuxSubscriptions LicenseManagerUserSubscriptions Lightsail Location GeoMaps
    GeoPlaces GeoRoutes LookoutEquipment Mq Kafka KafkaConnect Mwaa Macie2 MailManager M2 ManagedBlockchain
    ManagedBlockchainQuery Grafana MarketplaceCatalog MarketplaceCommerceAnalytics MarketplaceEntitlement
    MarketplaceMetering MarketplaceReporting MTurk MediaConnect MediaConvert MediaLive MediaPackage MediaPackageV2
    MediaPackageVod MediaStore MediaTailor MemoryDb MigrationHub MigrationHubConfig MigrationHubOrchestrator
    MigrationHubRefactorSpaces MigrationHubStrategy Neptune NeptuneGraph NetworkFirewall NetworkFlowMonitor
    NetworkManager NetworkMonitor Omics OpenSearch Osis OpenSearchServerless Organizations Outposts Pcs
    PartnerCentralSelling PaymentCryptography PaymentCryptographyData Personalize PersonalizeEvents
    PersonalizeRuntime Pinpoint PinpointEmail PinpointSmsVoice PinpointSmsVoiceV2 Polly Pricing PcaConnectorAd
    PcaConnectorScep Amp Proton QApps QBusiness QConnect QuickSight Rds RdsData Pi Rbin Redshift RedshiftData
    RedshiftServerless Rekognition Resiliencehub Ram ResourceExplorer2 ResourceGroups ResourceGroupsTaggingApi
    Route53 ArcZonalShift Route53Domains Route53Profiles Route53RecoveryControlConfig Route53RecoveryReadiness
    Route53Resolver Route53RecoveryCluster BedrockDataAutomationRuntime S3 S3Control Glacier S3Tables S3Outposts Ses
    SesV2 Sns Sqs Sso Identitystore SsoAdmin SsoOidc Swf SageMaker SagemakerEdge SageMakerFeatureStoreRuntime
    SageMakerGeospatial SageMakerMetrics SageMakerRuntime Savingsplans SecretsManager SecurityHub SecurityIr
    SecurityLake Sts ServerlessApplicationRepository ServiceCatalog ServiceCatalogAppRegistry ServiceQuotas Shield
    Signer SnowDeviceManagement Snowball Sfn StorageGateway SupplyChain Support SupportApp Ssm SsmQuickSetup SsmSap
    TaxSettings Textract TimestreamInfluxDb TimestreamQuery TimestreamWrite Transcribe Transfer Translate
    TrustedAdvisor NotificationsContacts VpcLattice VerifiedPermissions Waf WafRegional Wafv2 WellArchitected
    WorkDocs WorkMail WorkMailMessageFlow WorkSpaces WorkSpacesThinClient WorkSpacesWeb XRay Repostspace
""".split()
